/* A polygon ring to the rows where its outline crosses the centres of columns, with the arithmetic of pycocotools'
 * rleFrPoly (cocoapi common/maskApi.c).
 *
 * rleFrPoly scales a ring by 5, rounds it to whole numbers, walks every point of its outline, and
 * keeps the points where the walk steps between 5c + 2 and 5c + 3: there the outline crosses the
 * centre of column c. Only those steps are computed here. Their float64 expressions are kept as
 * they are, since the last bit decides pixels: this file must not be compiled with contracted
 * multiply-adds.
 *
 * Crossings are kept by chain: a chain goes on in one direction of x, so that it crosses each of
 * its columns once and a list of rows is all there is to say of it. Rows are computed a block at a
 * time; what a block has beyond the end of its edge is overwritten by the edge that follows, so that
 * no loop is too short for vectors.
 */
#include "kernel.h"

#include <float.h>
#include <math.h>

#if FLT_EVAL_METHOD != 0
#error "float64 has to be computed as float64"
#endif

static const double MAX_COORDINATE = 1e6; /* as pali_dataprep.masks.runs */
static const double MAX_OUTLINE = 5e6;

enum { SCALE = 5, CENTRE = 2, MIN_RING_NUMBERS = 6, BLOCK = 4 };

static int are_within(const double *numbers, int64_t count, double limit)
{
    int beyond = 0;
    for (int64_t n = 0; n < count; n++) beyond |= !(fabs(numbers[n]) <= limit); /* NaN too */
    return !beyond;
}

static int is_short(const double *xy, int64_t numbers)
{
    double length = 0;
    for (int64_t n = 2; n < numbers; n += 2) {
        double dx = fabs(xy[n] - xy[n - 2]), dy = fabs(xy[n + 1] - xy[n - 1]);
        length += dx > dy ? dx : dy;
    }
    return length <= MAX_OUTLINE;
}

int is_ring(const double *xy, int64_t numbers)
{
    if (numbers < MIN_RING_NUMBERS || numbers % 2) return 0;
    double near = MAX_OUTLINE / 2 / (double)numbers; /* no outline between such points is too long, nor half as long */
    if (near <= MAX_COORDINATE && are_within(xy, numbers, near)) return 1;
    return are_within(xy, numbers, MAX_COORDINATE) && is_short(xy, numbers);
}

/* ceil((v + .5) / 5 - .5), which is floor((v + 2) / 5), within [0, most]. In float32, a fifth of a whole number below
 * 2**24 is never rounded to the next one. */
static inline int32_t fifth_of(int32_t v, int32_t most)
{
    int32_t fifth = (int32_t)((float)(v + CENTRE) * .2f);
    fifth = fifth < 0 ? 0 : fifth;
    return fifth > most ? most : fifth;
}

/* The points of a ring, scaled, and the first one again behind the last; in `column` the first column whose centre is
 * not left of each, or `width`. */
typedef struct {
    int32_t *x, *y, *column;
} Points;

WITH_WIDE_VECTORS static void scale_points(const double *xy, int64_t count, int32_t width, const Points *points)
{
    int32_t *x = points->x, *y = points->y, *column = points->column;
    for (int64_t n = 0; n < count; n++) x[n] = (int32_t)(SCALE * xy[2 * n] + .5);
    for (int64_t n = 0; n < count; n++) y[n] = (int32_t)(SCALE * xy[2 * n + 1] + .5);
    for (int64_t n = 0; n < count; n++) column[n] = fifth_of(x[n], width);
    x[count] = x[0], y[count] = y[0], column[count] = column[0];
}

/* An edge from its end that is first in x where it is `flat`, reaching at least as far in x as in y, or first in y. */
typedef struct {
    int32_t xs, ys, xe, ye, flat;
} Edge;

static inline Edge edge_between(const Points *points, int64_t n)
{
    Edge edge = {points->x[n], points->y[n], points->x[n + 1], points->y[n + 1], 0};
    int32_t dx = edge.xe - edge.xs, dy = edge.ye - edge.ys;
    edge.flat = (dx < 0 ? -dx : dx) >= (dy < 0 ? -dy : dy);
    if (edge.flat ? dx < 0 : dy < 0) edge = (Edge){edge.xe, edge.ye, edge.xs, edge.ys, edge.flat};
    return edge;
}

/* Steps of a flat edge: one for each x. */
static inline void cross_flat(const Edge *edge, int32_t first, int32_t columns, int32_t height, int32_t *rows)
{
    double slope = (double)(edge->ye - edge->ys) / (double)(edge->xe - edge->xs);
    int32_t t = SCALE * first + CENTRE - edge->xs + (edge->ye < edge->ys); /* the lower v of the step's two points */
    for (int32_t n = 0; n < columns; n += BLOCK, t += BLOCK * SCALE)
        for (int32_t k = 0; k < BLOCK; k++) {
            double along = slope * (double)(t + SCALE * k);
            double v = (double)edge->ys + along;
            rows[n + k] = fifth_of((int32_t)(v + .5), height);
        }
}

/* Steps of an edge that moves further in y: x moves on at some of them. Steps are counted by y; the one nearest to
 * where the edge leaves u = m in exact arithmetic is the one that leaves it by rleFrPoly's, or the one before that:
 * errors of a step's u come to less than a hundredth of a step. */
static inline void cross_steep(const Edge *edge, int32_t first, int32_t columns, int32_t height, int32_t *rows)
{
    double slope = (double)(edge->xe - edge->xs) / (double)(edge->ye - edge->ys);
    double steepness = (double)(edge->ye - edge->ys) / (double)(edge->xe - edge->xs);
    int32_t m = SCALE * first + CENTRE, falls = edge->xe < edge->xs;
    for (int32_t n = 0; n < columns; n += BLOCK, m += BLOCK * SCALE)
        for (int32_t k = 0; k < BLOCK; k++) {
            int32_t t = (int32_t)(((double)(m + SCALE * k - edge->xs) + .5) * steepness + .5);
            double along = slope * (double)t;
            double u = (double)edge->xs + along;
            int32_t beyond = (u + .5 >= (double)(m + SCALE * k + 1)) ^ falls;
            rows[n + k] = fifth_of(edge->ys + t - beyond, height);
        }
}

/* The rows of a chain, whose edges are those from `begin` to `end`: in order of columns, whichever way it goes. */
WITH_WIDE_VECTORS static void cross_chain(const Points *points, int64_t begin, int64_t end, int32_t height,
                                          int32_t *rows)
{
    int rightward = points->column[begin] < points->column[end];
    for (int64_t n = 0; n < end - begin; n++) {
        int64_t at = rightward ? begin + n : end - 1 - n;
        int32_t from = points->column[at], to = points->column[at + 1];
        int32_t first = from < to ? from : to, columns = from < to ? to - from : from - to;
        if (columns == 0) continue;
        Edge edge = edge_between(points, at);
        if (edge.flat)
            cross_flat(&edge, first, columns, height, rows);
        else
            cross_steep(&edge, first, columns, height, rows);
        rows += columns;
    }
}

static int add_chain(Scratch *scratch, const Points *points, int64_t begin, int64_t end, int32_t height)
{
    int32_t from = points->column[begin], to = points->column[end];
    Chain chain = {from < to ? from : to, from < to ? to : from, scratch->crossings.count};
    size_t columns = (size_t)(chain.end - chain.begin);
    if (columns == 0) return 1;
    if (!grow(&scratch->crossings, columns + BLOCK, sizeof(int32_t))) return 0;
    if (!grow(&scratch->chains, 1, sizeof(Chain))) return 0;
    cross_chain(points, begin, end, height, (int32_t *)scratch->crossings.items + chain.first);
    ((Chain *)scratch->chains.items)[scratch->chains.count++] = chain;
    scratch->crossings.count += columns;
    return 1;
}

static int add_chains(Scratch *scratch, const Points *points, int64_t count, int32_t height)
{
    int64_t begin = 0;
    int32_t way = 0; /* of x: nowhere, yet */
    for (int64_t n = 0; n < count; n++) {
        int32_t from = points->column[n], to = points->column[n + 1], next = (to > from) - (to < from);
        if (next == 0 || next == way) continue;
        if (!add_chain(scratch, points, begin, n, height)) return 0;
        begin = n;
        way = next;
    }
    return add_chain(scratch, points, begin, count, height);
}

int trace(Scratch *scratch, const double *xy, int64_t count, int64_t height, int64_t width)
{
    scratch->chains.count = scratch->crossings.count = scratch->points.count = 0;
    if (!grow(&scratch->points, 3 * (size_t)(count + 1), sizeof(int32_t))) return 0;
    int32_t *numbers = scratch->points.items;
    Points points = {numbers, numbers + count + 1, numbers + 2 * (count + 1)};
    scale_points(xy, count, (int32_t)width, &points);
    return add_chains(scratch, &points, count, (int32_t)height);
}
