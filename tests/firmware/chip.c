/* The firmware on a Cortex-M4: the board `mps2-an386`, as QEMU emulates it. Files, the standard output, arguments and the
 * exit status go through semihosting, most of it by newlib's `rdimon`. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

#define PAINT 0x5a5a5a5au
#define SEMIHOSTING_GET_CMDLINE 0x15
#define SEMIHOSTING_EXIT 0x18
#define SEMIHOSTING_CRASHED 0x20023

#define COPROCESSORS (*(volatile uint32_t *)0xe000ed88)
#define TIMER ((volatile uint32_t *)0x40000000) /* control, value, reload */
/* The timer runs at 25 MHz, and with `-icount shift=0` an instruction takes a nanosecond. */
#define INSTRUCTIONS_PER_TICK 40

extern uint32_t bss_start[], bss_end[], stack_bottom[], stack_top[];
extern void initialise_monitor_handles(void);
extern int main(int count, char **arguments);

static long semihosting(long operation, const void *argument)
{
    register long r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* Begins again at 0 after 2^32 ticks, 170 thousand million instructions. */
uint64_t board_instructions(void)
{
    return (uint64_t)(UINT32_MAX - TIMER[1]) * INSTRUCTIONS_PER_TICK;
}

uint64_t board_stack(void)
{
    const uint32_t *word = stack_bottom;
    while (*word == PAINT)
        word++;
    return (uint64_t)((const uint8_t *)stack_top - (const uint8_t *)word);
}

static void start(void)
{
    static char line[256];
    static char *arguments[8];
    const struct {
        char *text;
        size_t size;
    } command = {line, sizeof line};
    int count = 0;
    char *word;
    initialise_monitor_handles();
    if (semihosting(SEMIHOSTING_GET_CMDLINE, &command) != 0)
        exit(2);
    for (word = strtok(line, " "); word != NULL && count < 7; word = strtok(NULL, " "))
        arguments[count++] = word;
    exit(main(count, arguments));
}

void reset(void)
{
    uint32_t *word, *here = (uint32_t *)__builtin_frame_address(0) - 64;
    COPROCESSORS |= 0xf << 20; /* the floating point unit */
    __asm__ volatile("dsb\nisb");
    for (word = bss_start; word < bss_end; word++)
        *word = 0;
    for (word = stack_bottom; word < here; word++)
        *word = PAINT;
    TIMER[2] = UINT32_MAX;
    TIMER[1] = UINT32_MAX;
    TIMER[0] = 1;
    start();
}

static void crashed(void)
{
    semihosting(SEMIHOSTING_EXIT, (const void *)SEMIHOSTING_CRASHED);
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*reset)(void);
    void (*faults[14])(void);
} vectors = {stack_top, reset, {crashed, crashed, crashed, crashed, crashed}};
