/* Runs and COCO RLE to intervals: a run that goes on in the next column is cut there. */
#include "kernel.h"

/* A column and the number of its first pixel. Runs come in order, so that the next one's column is seldom far; it is
 * found without a division, which takes longer than all else. */
typedef struct {
    int64_t column, base;
} Cursor;

static inline void move_to(Cursor *cursor, int64_t pixel, int64_t height)
{
    int64_t beyond = pixel - cursor->base;
    if (beyond < height) return;
    int64_t columns = beyond < 2 * height ? 1 : beyond / height;
    cursor->column += columns;
    cursor->base += columns * height;
}

static inline int add_run(Growing *intervals, Cursor *cursor, int64_t start, int64_t end, int64_t height)
{
    while (start < end) {
        move_to(cursor, start, height);
        int64_t base = cursor->base, bottom = base + height < end ? base + height : end;
        if (intervals->count == intervals->capacity && !grow(intervals, 1, sizeof(Interval))) return 0;
        Interval *next = (Interval *)intervals->items + intervals->count++;
        *next = (Interval){(int32_t)cursor->column, (int32_t)(start - base), (int32_t)(bottom - base)};
        start = bottom;
    }
    return 1;
}

Outcome split_runs(Scratch *scratch, const int64_t *bounds, int64_t count, int64_t height, int64_t width)
{
    int64_t last = 0;
    Cursor cursor = {0};
    scratch->intervals.count = 0;
    if (count % 2) return REFUSED;
    for (int64_t n = 0; n < count; n += 2) {
        if (bounds[n] < last || bounds[n + 1] < bounds[n] || bounds[n + 1] > height * width) return REFUSED;
        last = bounds[n + 1];
        if (!add_run(&scratch->intervals, &cursor, bounds[n], last, height)) return OUT_OF_MEMORY;
    }
    return DONE;
}

enum { FIRST_CHARACTER = 48, CHARACTERS = 64, MORE = 32, NEGATIVE = 16, BITS = 5, MAX_LENGTH = 7 };

/* One number of COCO's text (`rleFrString`): 5 bits a character, lowest first; the characters read, 0 for none. */
static inline int64_t read_number(const uint8_t *text, int64_t length, int64_t *number)
{
    int64_t value = 0;
    for (int64_t n = 0; n < length && n < MAX_LENGTH; n++) {
        int code = text[n] - FIRST_CHARACTER;
        if (code < 0 || code >= CHARACTERS) return 0;
        value |= (int64_t)(code & (MORE - 1)) << (BITS * n);
        if (code & MORE) continue;
        if (code & NEGATIVE) value -= (int64_t)1 << (BITS * (n + 1));
        *number = value;
        return n + 1;
    }
    return 0;
}

Outcome split_rle(Scratch *scratch, const uint8_t *text, int64_t length, int64_t height, int64_t width)
{
    int64_t two_back[2] = {0, 0}, position = 0, total = 0, read = 0;
    Cursor cursor = {0};
    scratch->intervals.count = 0;
    for (int64_t n = 0; position < length; n++, position += read) {
        int64_t number;
        read = read_number(text + position, length - position, &number);
        if (read == 0) return REFUSED;
        if (n > 2) number += two_back[n % 2]; /* from the fourth on, differences to the number two back */
        if (number < 0 || number > height * width - total) return REFUSED;
        two_back[n % 2] = number;
        if (n % 2 && !add_run(&scratch->intervals, &cursor, total, total + number, height)) return OUT_OF_MEMORY;
        total += number;
    }
    return total == height * width ? DONE : REFUSED;
}
