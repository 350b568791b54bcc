/* Intervals to measures and to the 64 x 64 image.
 *
 * The resize is linear and separable. An interval [a, b) of a column adds E(a) - E(b), E(p) being
 * the column filled from p down, resized. Down the image, E(p) is nothing but a step with two or
 * three values where it is neither 0 nor 1, so its differences are added in place and summed up
 * once at the end. Cost follows the outline, not the pixels.
 *
 * All sums are whole numbers of 2**-60, modulo 2**64: exact in any order, and the image's are 0 to 2**60.
 */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

int grow(Growing *array, size_t more, size_t width)
{
    if (more <= array->capacity - array->count) return 1;
    if (more > SIZE_MAX / 4 / width - array->count) return 0;
    size_t wanted = array->count + more;
    size_t capacity = wanted < 256 ? 256 : wanted + wanted / 2;
    void *items = realloc(array->items, capacity * width);
    if (!items) return 0;
    array->items = items;
    array->capacity = capacity;
    return 1;
}

void scratch_free(Scratch *scratch)
{
    Growing *all[] = {&scratch->crossings,    &scratch->tops,        &scratch->begins,        &scratch->parts,
                      &scratch->intervals,    &scratch->rows.first,  &scratch->rows.values,
                      &scratch->columns.first, &scratch->columns.values};
    for (size_t n = 0; n < sizeof all / sizeof *all; n++) free(all[n]->items);
    free(scratch);
}

void measure(const Growing *intervals, Measures *out)
{
    const Interval *interval = intervals->items;
    memset(out, 0, sizeof *out);
    if (intervals->count == 0) return;
    int32_t top = interval[0].start, bottom = interval[0].end;
    for (size_t n = 0; n < intervals->count; n++) {
        out->area += interval[n].end - interval[n].start;
        if (interval[n].start < top) top = interval[n].start;
        if (interval[n].end > bottom) bottom = interval[n].end;
    }
    out->x1 = interval[0].column; /* intervals go by column */
    out->x2 = interval[intervals->count - 1].column + 1;
    out->y1 = top;
    out->y2 = bottom;
}

static inline void add_edge(uint64_t *image, const Axis *edges, int64_t row, int rows, const uint32_t *across,
                            int columns, int is_start)
{
    const uint32_t *down = (const uint32_t *)edges->values.items + row * rows;
    image += ((const int32_t *)edges->first.items)[row] * MASK_SIDE;
    for (int i = 0; i < rows; i++, image += MASK_SIDE)
        for (int j = 0; j < columns; j++) {
            uint64_t term = (uint64_t)down[i] * across[j];
            image[j] = is_start ? image[j] + term : image[j] - term;
        }
}

static inline int64_t add_intervals(Scratch *scratch, const Crop *crop, int rows, int columns)
{
    const Interval *interval = scratch->intervals.items;
    const int32_t *first = scratch->columns.first.items;
    const uint32_t *values = scratch->columns.values.items;
    int64_t height = crop->y2 - crop->y1, inside = 0;
    for (size_t n = 0; n < scratch->intervals.count; n++) {
        if (interval[n].column < crop->x1 || interval[n].column >= crop->x2) continue;
        int64_t x = interval[n].column - crop->x1, a = interval[n].start - crop->y1, b = interval[n].end - crop->y1;
        a = a < 0 ? 0 : a;
        b = b > height ? height : b;
        if (a >= b) continue;
        inside += b - a;
        add_edge(scratch->image + first[x], &scratch->rows, a, rows, values + x * columns, columns, 1);
        add_edge(scratch->image + first[x], &scratch->rows, b, rows, values + x * columns, columns, 0);
    }
    return inside;
}

/* Compiled twice, the processor decides where the library is loaded; whole numbers are the same from either.
 * A resolver runs before AddressSanitizer does. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__has_attribute) && !defined(__SANITIZE_ADDRESS__)
#if __has_attribute(target_clones)
#define WITH_WIDE_VECTORS __attribute__((target_clones("avx2", "default")))
#endif
#endif
#ifndef WITH_WIDE_VECTORS
#define WITH_WIDE_VECTORS
#endif

/* The image from its differences, which are zeros again afterwards. */
WITH_WIDE_VECTORS static void sum_down(uint64_t *image, float *mask64)
{
    uint64_t sums[MASK_SIDE] = {0};
    for (int i = 0; i < MASK_SIDE; i++, image += MASK_SIDE, mask64 += MASK_SIDE)
        for (int j = 0; j < MASK_SIDE; j++) {
            sums[j] += image[j];
            image[j] = 0;
            int32_t value = (int32_t)((sums[j] + ((uint64_t)1 << 29)) >> 30); /* 0 to 2**30 */
            mask64[j] = (float)value * (1.0f / (1 << 30));
        }
    memset(image, 0, MASK_SIDE * sizeof *image);
}

static int64_t count_inside(const Growing *intervals, const Crop *crop)
{
    const Interval *interval = intervals->items;
    int64_t inside = 0;
    for (size_t n = 0; n < intervals->count; n++) {
        int64_t a = interval[n].start > crop->y1 ? interval[n].start : crop->y1;
        int64_t b = interval[n].end < crop->y2 ? interval[n].end : crop->y2;
        if (interval[n].column >= crop->x1 && interval[n].column < crop->x2 && a < b) inside += b - a;
    }
    return inside;
}

Outcome resize(Scratch *scratch, const Crop *crop, float *mask64, int64_t *inside)
{
    if (!mask64) {
        *inside = count_inside(&scratch->intervals, crop);
        return DONE;
    }
    if (!axis_edges(&scratch->rows, crop->y2 - crop->y1)) return OUT_OF_MEMORY;
    if (!axis_pixels(&scratch->columns, crop->x2 - crop->x1)) return OUT_OF_MEMORY;
    int rows = scratch->rows.stride, columns = scratch->columns.stride;
    *inside = rows == 3 && columns == 2 ? add_intervals(scratch, crop, 3, 2) /* loops unrolled */
                                        : add_intervals(scratch, crop, rows, columns);
    sum_down(scratch->image, mask64);
    return DONE;
}
