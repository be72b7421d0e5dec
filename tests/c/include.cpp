// The header is also one of C++17.
#include "footage.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

namespace {

struct Free {
    void operator()(footage_signing_key *key) const { footage_signing_key_free(key); }
};

} // namespace

int main()
{
    footage_signing_key *made = nullptr;
    if (footage_signing_key_generate(&made) != FOOTAGE_OK)
        return 1;
    const std::unique_ptr<footage_signing_key, Free> key(made);
    std::size_t length = 0;
    if (footage_signing_key_public(key.get(), nullptr, 0, &length) != FOOTAGE_OK)
        return 1;
    std::vector<std::uint8_t> bytes(length);
    const footage_status status = footage_signing_key_public(key.get(), bytes.data(), bytes.size(), &length);
    std::puts(footage_status_message(status));
    return status == FOOTAGE_OK && length == 32 ? 0 : 1;
}
