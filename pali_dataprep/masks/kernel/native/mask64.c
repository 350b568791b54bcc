/* Intervals to measures and to the 64 x 64 image.
 *
 * The resize is linear and separable. An interval [a, b) of a column adds E(a) - E(b), E(p) being
 * the column filled from p down, resized. Down the image, E(p) is nothing but a step with two
 * values that are neither 0 nor 1, so its differences are added in place and summed up once at the
 * end. Rows that do not shrink are filled as they are, and mixed at the end. Cost follows the
 * outline, not the pixels.
 *
 * All sums are whole numbers of 2**-60, modulo 2**64: exact in any order, and the image's are 0 to 2**60.
 */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__) || defined(_M_X64)
#define WITH_SSE2
#include <emmintrin.h>
#endif

enum { ORIGIN = MASK_SIDE };

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
    Axis *rows = &scratch->rows, *columns = &scratch->columns;
    Growing *all[] = {&scratch->points, &scratch->chains,    &scratch->crossings, &scratch->open,
                      &scratch->sorted, &scratch->ends,      &scratch->parts,     &scratch->intervals,
                      &rows->places,    &rows->before,       &rows->behind,       &rows->values,
                      &columns->places, &columns->before,    &columns->behind,    &columns->values};
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

/* What is filled from an edge down, where rows shrink: the output before its gap lacks what it has before the edge, and
 * so does the one behind; those further down have all. As differences to the output above. */
static inline void add_shares(uint64_t *image, uint32_t before, uint32_t behind, const uint32_t *across, int columns,
                              int is_start)
{
    for (int j = 0; j < columns; j++) {
        uint64_t nearer = (uint64_t)before * across[j], further = (uint64_t)behind * across[j];
        uint64_t first = ((uint64_t)across[j] << 30) - nearer, second = nearer - further;
        image[j] += is_start ? first : -first;
        image[j + MASK_SIDE] += is_start ? second : -second;
        image[j + 2 * MASK_SIDE] += is_start ? further : -further;
    }
}

#ifdef WITH_SSE2
static inline void add_to_pair(uint64_t *image, __m128i term, int is_start)
{
    __m128i sum = _mm_loadu_si128((const __m128i *)image);
    _mm_storeu_si128((__m128i *)image, is_start ? _mm_add_epi64(sum, term) : _mm_sub_epi64(sum, term));
}

/* add_shares() of two columns, which compilers take apart. */
static inline void add_pairs(uint64_t *image, uint32_t before, uint32_t behind, const uint32_t *across, int is_start)
{
    __m128i pair = _mm_unpacklo_epi32(_mm_loadl_epi64((const __m128i *)across), _mm_setzero_si128());
    __m128i nearer = _mm_mul_epu32(pair, _mm_set1_epi32((int)before));
    __m128i further = _mm_mul_epu32(pair, _mm_set1_epi32((int)behind));
    add_to_pair(image, _mm_sub_epi64(_mm_slli_epi64(pair, 30), nearer), is_start);
    add_to_pair(image + MASK_SIDE, _mm_sub_epi64(nearer, further), is_start);
    add_to_pair(image + 2 * MASK_SIDE, further, is_start);
}
#endif

/* The same where rows do not shrink: by rows of pixels, which sum_and_mix() makes rows of the image. */
static inline void add_row(int32_t *row, const uint32_t *across, int columns, int is_start)
{
    for (int j = 0; j < columns; j++) row[j] += is_start ? (int32_t)across[j] : -(int32_t)across[j];
}

/* Where an interval begins or ends, and what its column gives to outputs from `column` on. */
static inline void add_edge(Scratch *scratch, int64_t row, int64_t column, const uint32_t *across, int columns,
                            int shrinks, int is_start)
{
    if (!shrinks) {
        add_row(scratch->by_row + row * MASK_SIDE + column, across, columns, is_start);
        return;
    }
    uint64_t *image = scratch->image + ((const uint8_t *)scratch->rows.places.items)[row] * MASK_SIDE + column;
    uint32_t before = ((const uint32_t *)scratch->rows.before.items)[row];
    uint32_t behind = ((const uint32_t *)scratch->rows.behind.items)[row];
#ifdef WITH_SSE2
    if (columns == 2) {
        add_pairs(image, before, behind, across, is_start);
        return;
    }
#endif
    add_shares(image, before, behind, across, columns, is_start);
}

/* The ends of all intervals into the image, or, where rows do not shrink, `by_row`; how much of them is in the crop. */
static inline int64_t add_intervals(Scratch *scratch, Crop crop, int shrinks, int columns)
{
    const Interval *interval = scratch->intervals.items, *end = interval + scratch->intervals.count;
    const uint8_t *places = scratch->columns.places.items;
    const uint32_t *values = scratch->columns.values.items;
    int64_t height = crop.y2 - crop.y1, inside = 0;
    int64_t origin = columns == 2 ? ORIGIN - 1 : ORIGIN; /* where columns shrink, places count from output -1 */
    for (; interval < end; interval++) {
        if (interval->column < crop.x1 || interval->column >= crop.x2) continue;
        int64_t x = interval->column - crop.x1, a = interval->start - crop.y1, b = interval->end - crop.y1;
        a = a < 0 ? 0 : a;
        b = b > height ? height : b;
        if (a >= b) continue;
        inside += b - a;
        add_edge(scratch, a, origin + places[x], values + x * columns, columns, shrinks, 1);
        add_edge(scratch, b, origin + places[x], values + x * columns, columns, shrinks, 0);
    }
    return inside;
}

/* Loops over columns are unrolled for each stride. */
static int64_t add_all(Scratch *scratch, Crop crop, int shrinks)
{
    switch (scratch->columns.stride) {
    case 2: return shrinks ? add_intervals(scratch, crop, 1, 2) : add_intervals(scratch, crop, 0, 2);
    case 4: return shrinks ? add_intervals(scratch, crop, 1, 4) : add_intervals(scratch, crop, 0, 4);
    case 8: return shrinks ? add_intervals(scratch, crop, 1, 8) : add_intervals(scratch, crop, 0, 8);
    default: return add_intervals(scratch, crop, shrinks, MASK_SIDE);
    }
}

static inline float to_float(int32_t value) { return (float)value * (1.0f / (1 << 30)); }

/* The image from its differences; the first of them are those of output -1. */
WITH_WIDE_VECTORS static void sum_down(const uint64_t *image, float *mask64)
{
    uint64_t sums[MASK_SIDE];
    for (int j = 0; j < MASK_SIDE; j++) sums[j] = image[j] + ((uint64_t)1 << 29); /* to round */
    for (int i = 0; i < MASK_SIDE; i++, mask64 += MASK_SIDE) {
        image += MASK_SIDE;
        for (int j = 0; j < MASK_SIDE; j++) {
            sums[j] += image[j];
            mask64[j] = to_float((int32_t)(sums[j] >> 30)); /* 0 to 2**30 */
        }
    }
}

/* The image from differences of rows of pixels, which do not shrink. */
WITH_WIDE_VECTORS static void sum_and_mix(int32_t *rows, int32_t height, float *mask64)
{
    for (int32_t n = MASK_SIDE; n < height * MASK_SIDE; n++) rows[n] += rows[n - MASK_SIDE];
    for (int32_t i = 0; i < MASK_SIDE; i++, mask64 += MASK_SIDE) {
        Mix mix = mix_of(height, i);
        const int32_t *upper = rows + mix.first * MASK_SIDE, *lower = rows + mix.second * MASK_SIDE;
        double above = MIXED - mix.weight, below = mix.weight; /* whole numbers all the same, and quicker */
        for (int j = 0; j < MASK_SIDE; j++)
            mask64[j] = to_float((int32_t)((upper[j] * above + lower[j] * below + MIXED / 2) * (1. / MIXED)));
    }
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
    int64_t height = crop->y2 - crop->y1;
    int shrinks = height >= MASK_SIDE;
    if (!axis_pixels(&scratch->columns, crop->x2 - crop->x1)) return OUT_OF_MEMORY;
    if (shrinks && !axis_edges(&scratch->rows, height)) return OUT_OF_MEMORY;
    *inside = add_all(scratch, *crop, shrinks);
    if (shrinks) {
        sum_down(scratch->image + ORIGIN, mask64);
        memset(scratch->image, 0, sizeof scratch->image);
    } else {
        sum_and_mix(scratch->by_row + ORIGIN, (int32_t)height, mask64);
        memset(scratch->by_row + ORIGIN, 0, (size_t)(height + 2) * MASK_SIDE * sizeof *scratch->by_row);
    }
    return DONE;
}
