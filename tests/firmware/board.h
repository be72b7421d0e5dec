/* What main.c asks of host.c and chip.c. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* How many instructions have run; 0 where nothing counts them. */
uint64_t board_instructions(void);

/* The most bytes of stack that were used so far; 0 where that is not known. */
uint64_t board_stack(void);

#endif
