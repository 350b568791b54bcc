/* The antialiased bilinear resize of one axis (TensorFlow scale_and_translate_op.cc) in whole numbers.
 *
 * Output i of 64 is centred at (i + 1/2) size / 64; a pixel at distance d from it has weight
 * max(0, 1 - d / radius), radius max(1, size / 64) pixels, and the weights of an output sum to 1.
 * Times 2 * 64 * radius that is the whole number max(0, R - |64 (2p + 1) - size (2i + 1)|) with
 * R = max(128, 2 size). What an output has of the pixels before p, its share, in units of 2**-30,
 * is rounded once; a pixel's weight is the difference of two shares. So the weights of an output
 * sum to exactly 1, and any sum of them is exact, whatever its order. weights.py computes the same
 * numbers.
 *
 * Where an axis shrinks, R is how far centres are from each other: between two of them, in a gap,
 * only these two have any weight, R - d and d at a distance d behind the first. Gap g of 0 to 64
 * lies before output g and behind output g - 1; outputs -1 and 64 are there for their neighbours'
 * sake alone, and get nothing. Where it grows, an output has two pixels at most.
 */
#include "kernel.h"

#include <string.h>

enum { GAPS = MASK_SIDE + 1, BLOCK = 4 };

static const int64_t ONE = (int64_t)1 << 30;

/* Its pixels [begin, end), how far the first one is behind the centre before it, and the sum of all those distances. */
typedef struct {
    int32_t begin, end;
    double distance, sum;
} Gap;

static double sum_of(const Gap *gap, double pixels) { return pixels * (gap->distance - 64 + 64 * pixels); }

static void find_gaps(Gap *gaps, int32_t size)
{
    for (int32_t g = 0; g < GAPS; g++) {
        int32_t centre = size * (2 * g - 1); /* of the output before it */
        gaps[g].begin = g ? (centre + 63) >> 7 : 0;
        gaps[g].end = g < MASK_SIDE ? (centre + 2 * size + 63) >> 7 : size;
        gaps[g].distance = 64 * (2 * gaps[g].begin + 1) - centre;
        gaps[g].sum = sum_of(gaps + g, gaps[g].end - gaps[g].begin);
    }
}

/* 2**30 over the sum of each output's weights, which is that of the gap before it and of the one behind; 0 for outputs
 * -1 and 64, the first and the last. */
static void find_units(const Gap *gaps, int32_t size, double *units)
{
    units[0] = units[GAPS] = 0;
    for (int32_t g = 1; g < GAPS; g++) {
        double behind = (double)(gaps[g].end - gaps[g].begin) * (2 * size) - gaps[g].sum;
        units[g] = (double)ONE / (gaps[g - 1].sum + behind);
    }
}

/* What the outputs before and behind a gap have of the pixels before each of its own. Blocks go on beyond the gap, with
 * what the outputs have at its end. */
static inline void share_gap(const Gap *gap, double full, double radius, const double *units, uint32_t *before,
                             uint32_t *behind)
{
    int32_t pixels = gap->end - gap->begin;
    double distance = gap->distance - 64, unit_before = units[0], unit_behind = units[1];
    for (int32_t n = 0; n < pixels; n += BLOCK) {
        double counts[BLOCK], sums[BLOCK];
        for (int32_t k = 0; k < BLOCK; k++) counts[k] = n + k < pixels ? n + k : pixels;
        for (int32_t k = 0; k < BLOCK; k++) sums[k] = counts[k] * (distance + 64 * counts[k]);
        for (int32_t k = 0; k < BLOCK; k++)
            before[n + k] = (uint32_t)(int32_t)((full + (radius * counts[k] - sums[k])) * unit_before + .5);
        for (int32_t k = 0; k < BLOCK; k++) behind[n + k] = (uint32_t)(int32_t)(sums[k] * unit_behind + .5);
    }
}

static inline void number_gap(const Gap *gap, int32_t number, uint8_t *places)
{
    for (int32_t n = gap->begin; n < gap->end; n += BLOCK)
        for (int32_t k = 0; k < BLOCK; k++) places[n + k] = (uint8_t)number;
}

WITH_WIDE_VECTORS static void share_gaps(const Gap *gaps, const double *units, int32_t size, Axis *axis)
{
    uint32_t *before = axis->before.items, *behind = axis->behind.items;
    uint8_t *places = axis->places.items;
    for (int32_t g = 0; g < GAPS; g++) {
        int32_t begin = gaps[g].begin;
        share_gap(gaps + g, g ? gaps[g - 1].sum : 0, 2 * size, units + g, before + begin, behind + begin);
        number_gap(gaps + g, g, places);
    }
    before[size] = behind[size] = 0;
    places[size] = GAPS;
}

/* Weights of an axis that shrinks: what the next pixel's shares have more, or all there is, at the end of a gap. */
WITH_WIDE_VECTORS static void weigh_pixels(const Gap *gaps, int32_t size, const Axis *axis)
{
    const uint32_t *before = axis->before.items, *behind = axis->behind.items;
    uint32_t *values = axis->values.items;
    for (int32_t n = 0; n < size; n++) {
        values[2 * n] = before[n + 1] - before[n];
        values[2 * n + 1] = behind[n + 1] - behind[n];
    }
    for (int32_t g = 0; g < GAPS; g++) {
        int32_t last = gaps[g].end - 1;
        if (last < gaps[g].begin) continue; /* the first gap, of 64 pixels */
        values[2 * last] = g ? (uint32_t)ONE - before[last] : 0;
        values[2 * last + 1] = before[last + 1] - behind[last]; /* its output is the one before the next gap */
    }
}

/* Weights of an axis that grows, by pixel: those of the outputs it has a weight in, and of some behind them, of 0. */
static void spread_pixels(Axis *axis, int32_t size)
{
    uint32_t *values = axis->values.items;
    uint8_t *places = axis->places.items;
    memset(values, 0, (size_t)(size * axis->stride) * sizeof *values);
    for (int32_t i = 0, known = 0; i < MASK_SIDE; i++) {
        Mix mix = mix_of(size, i);
        for (; known <= mix.second; known++) places[known] = (uint8_t)i;
        values[mix.first * axis->stride + i - places[mix.first]] += (MIXED - mix.weight) << UNIT;
        values[mix.second * axis->stride + i - places[mix.second]] += mix.weight << UNIT;
    }
}

static int make_room(Axis *axis, int64_t size, int stride)
{
    size_t positions = (size_t)size + 1 + BLOCK;
    axis->size = 0;
    axis->stride = stride;
    return grow(&axis->places, positions, sizeof(uint8_t)) && grow(&axis->before, positions, sizeof(uint32_t)) &&
           grow(&axis->behind, positions, sizeof(uint32_t)) &&
           grow(&axis->values, positions * (size_t)stride, sizeof(uint32_t));
}

static void find_shares(Axis *axis, int32_t size, Gap *gaps)
{
    double units[GAPS + 1];
    find_gaps(gaps, size);
    find_units(gaps, size, units);
    share_gaps(gaps, units, size, axis);
}

int axis_pixels(Axis *axis, int64_t size)
{
    Gap gaps[GAPS];
    if (axis->size == size) return 1;
    /* where the axis grows, 128 / size outputs have weight of a pixel, rounded up */
    int stride = size >= MASK_SIDE ? 2 : size >= 32 ? 4 : size >= 16 ? 8 : MASK_SIDE;
    if (!make_room(axis, size, stride)) return 0;
    if (size >= MASK_SIDE) {
        find_shares(axis, (int32_t)size, gaps);
        weigh_pixels(gaps, (int32_t)size, axis);
    } else {
        spread_pixels(axis, (int32_t)size);
    }
    axis->size = size;
    return 1;
}

int axis_edges(Axis *axis, int64_t size)
{
    Gap gaps[GAPS];
    if (axis->size == size) return 1;
    if (!make_room(axis, size, 0)) return 0;
    find_shares(axis, (int32_t)size, gaps);
    axis->size = size;
    return 1;
}
