/* A label map to where its runs of equal value begin, down each column.
 *
 * Pixels lie row by row, runs go down columns: each row is compared with the one above it, eight
 * bytes at a time, and where they differ a run begins. A count of these by column, as in a
 * counting sort, then puts them in order.
 */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 8 };

/* A pixel that is not as the one above it. */
typedef struct {
    int32_t column, row;
} Change;

/* Inlined for each `item` (bytes a pixel), so that a pixel is compared in one step. */
static inline size_t changes_of(const uint8_t *above, const uint8_t *row, int64_t width, int item, int32_t y,
                                Change *out)
{
    const Change *first = out;
    int64_t bytes = width * item;
    for (int64_t at = 0; at < bytes; at += WORD) {
        int64_t end = bytes - at < WORD ? bytes : at + WORD;
        if (end - at == WORD && memcmp(above + at, row + at, WORD) == 0) continue;
        for (int64_t n = at; n < end; n += item)
            if (memcmp(above + n, row + n, (size_t)item) != 0) *out++ = (Change){(int32_t)(n / item), y};
    }
    return (size_t)(out - first);
}

static int find_changes(const LabelMap *map, Growing *changes)
{
    int64_t length = map->width * map->item;
    for (int32_t y = 1; y < map->height; y++) {
        if (!grow(changes, (size_t)map->width, sizeof(Change))) return 0;
        Change *out = (Change *)changes->items + changes->count;
        const uint8_t *row = map->pixels + y * length, *above = row - length;
        switch (map->item) {
        case 1: changes->count += changes_of(above, row, map->width, 1, y, out); break;
        case 2: changes->count += changes_of(above, row, map->width, 2, y, out); break;
        case 4: changes->count += changes_of(above, row, map->width, 4, y, out); break;
        default: changes->count += changes_of(above, row, map->width, 8, y, out);
        }
    }
    return 1;
}

/* The top of each column and the changes below it, as pixel numbers in column-major order; `places` has a zero for
 * each column and one more. */
static void sort_by_column(const LabelMap *map, const Growing *changes, size_t *places, int64_t *starts)
{
    const Change *change = changes->items;
    for (size_t n = 0; n < changes->count; n++) places[change[n].column + 1]++;
    for (int64_t x = 0; x < map->width; x++) {
        starts[places[x]++] = x * map->height;
        places[x + 1] += places[x];
    }
    for (size_t n = 0; n < changes->count; n++)
        starts[places[change[n].column]++] = change[n].column * map->height + change[n].row;
}

int find_run_starts(const LabelMap *map, Growing *starts)
{
    Growing changes = {0};
    size_t *places = calloc((size_t)map->width + 1, sizeof *places);
    int done = places && find_changes(map, &changes) &&
               grow(starts, changes.count + (size_t)map->width, sizeof(int64_t));
    if (done) {
        sort_by_column(map, &changes, places, starts->items);
        starts->count = changes.count + (size_t)map->width;
    }
    free(places);
    free(changes.items);
    return done;
}
