/* A board: `firmware record|recover SEGMENTS LENGTH` reads an owner's key from the standard input and writes a clip to
 * the standard output; how much heap that took goes to the standard error. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int firmware_record(const uint8_t *owner, uint32_t segments, size_t length);
int firmware_recover(const uint8_t *owner, uint32_t segments, size_t length);
size_t firmware_heap(void);

int board_random(uint8_t *out, size_t length) {
    FILE *source = fopen("/dev/urandom", "rb");
    if (!source) return 1;
    size_t read = fread(out, 1, length, source);
    fclose(source);
    return read == length ? 0 : 1;
}

int board_write(const uint8_t *bytes, size_t length) {
    return fwrite(bytes, 1, length, stdout) == length ? 0 : 1;
}

int main(int count, char **arguments) {
    uint8_t owner[1216];
    if (count != 4 || fread(owner, 1, sizeof owner, stdin) != sizeof owner) return 2;
    uint32_t segments = (uint32_t)strtoul(arguments[2], NULL, 10);
    size_t length = strtoul(arguments[3], NULL, 10);
    int cut = strcmp(arguments[1], "recover") == 0;
    int status = (cut ? firmware_recover : firmware_record)(owner, segments, length);
    fprintf(stderr, "%zu\n", firmware_heap());
    return status ? status : fflush(stdout);
}
