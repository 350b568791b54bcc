/* Polygon rings to intervals: between the rows where a ring's outline crosses a column, by even and odd, and the union
 * of a mask's rings, as pycocotools' rleFrPoly and rleMerge decide. */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 24 };

/* A chain among those that cross the columns at work: its row in the first of them, and the column it ends before. */
typedef struct {
    const int32_t *rows;
    int32_t end;
} OpenChain;

static int by_row(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

/* The rows of some chains at their n-th column, sorted. Chains seldom cross: that they are left in this order makes the
 * next column's nearly sorted. */
static void sort_few(OpenChain *open, size_t count, int32_t n, int32_t *sorted)
{
    for (size_t k = 0; k < count; k++) {
        OpenChain chain = open[k];
        int32_t row = chain.rows[n];
        size_t place = k;
        for (; place > 0 && sorted[place - 1] > row; place--) {
            sorted[place] = sorted[place - 1];
            open[place] = open[place - 1];
        }
        sorted[place] = row;
        open[place] = chain;
    }
}

static void sort_many(OpenChain *open, size_t count, int32_t n, int32_t *sorted)
{
    for (size_t k = 0; k < count; k++) sorted[k] = open[k].rows[n];
    qsort(sorted, count, sizeof *sorted, by_row);
}

/* Where `out` goes on. Written in any case, kept where it is not empty: which it is, is a coin's throw at an outline's
 * ends. */
static inline Interval *add_interval(Interval *out, int32_t column, int32_t start, int32_t end)
{
    *out = (Interval){column, start, end};
    return out + (start < end);
}

static inline void order(int32_t *a, int32_t *b)
{
    int32_t low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;
    *a = low, *b = high;
}

static Interval *pair_two(const OpenChain *open, int32_t columns, int32_t begin, Interval *out)
{
    const int32_t *rows = open[0].rows, *others = open[1].rows;
    for (int32_t n = 0; n < columns; n++) {
        int32_t start = rows[n], end = others[n];
        order(&start, &end);
        out = add_interval(out, begin + n, start, end);
    }
    return out;
}

static Interval *pair_four(const OpenChain *open, int32_t columns, int32_t begin, Interval *out)
{
    for (int32_t n = 0; n < columns; n++) {
        int32_t a = open[0].rows[n], b = open[1].rows[n], c = open[2].rows[n], d = open[3].rows[n];
        order(&a, &b), order(&c, &d), order(&a, &c), order(&b, &d), order(&b, &c);
        out = add_interval(out, begin + n, a, b);
        out = add_interval(out, begin + n, c, d);
    }
    return out;
}

static Interval *pair_any(OpenChain *open, size_t count, int32_t *sorted, int32_t columns, int32_t begin, Interval *out)
{
    for (int32_t n = 0; n < columns; n++) {
        (count > FEW ? sort_many : sort_few)(open, count, n, sorted);
        for (size_t k = 0; k + 1 < count; k += 2) out = add_interval(out, begin + n, sorted[k], sorted[k + 1]);
    }
    return out;
}

static int by_begin(const void *a, const void *b)
{
    const Chain *left = a, *right = b;
    return (left->begin > right->begin) - (left->begin < right->begin);
}

static void sort_chains(Chain *chains, size_t count)
{
    if (count > FEW) {
        qsort(chains, count, sizeof *chains, by_begin);
        return;
    }
    for (size_t n = 1; n < count; n++) {
        Chain chain = chains[n];
        size_t place = n;
        for (; place > 0 && chains[place - 1].begin > chain.begin; place--) chains[place] = chains[place - 1];
        chains[place] = chain;
    }
}

/* Those that go on at column `end`, moved on to there; how many they are. */
static size_t move_on(OpenChain *open, size_t count, int32_t columns, int32_t end)
{
    size_t kept = 0;
    for (size_t n = 0; n < count; n++)
        if (open[n].end > end) open[kept++] = (OpenChain){open[n].rows + columns, open[n].end};
    return kept;
}

/* Behind what is in `intervals`: columns that the same chains cross are paired together. */
static int pair_chains(Scratch *scratch, Growing *intervals)
{
    Chain *chain = scratch->chains.items, *last = chain + scratch->chains.count;
    size_t chains = scratch->chains.count, count = 0;
    if (chains == 0) return 1;
    if (!grow(intervals, scratch->crossings.count / 2 + 1, sizeof(Interval))) return 0;
    if (!grow(&scratch->open, chains, sizeof(OpenChain)) || !grow(&scratch->sorted, chains, sizeof(int32_t))) return 0;
    sort_chains(chain, chains);
    OpenChain *open = scratch->open.items;
    Interval *out = (Interval *)intervals->items + intervals->count;
    for (int32_t begin = chain->begin, end; chain < last || count; begin = end) {
        for (; chain < last && chain->begin == begin; chain++)
            open[count++] = (OpenChain){(const int32_t *)scratch->crossings.items + chain->first, chain->end};
        end = chain < last ? chain->begin : MAX_SIDE;
        for (size_t n = 0; n < count; n++) end = open[n].end < end ? open[n].end : end;
        out = count == 2   ? pair_two(open, end - begin, begin, out)
              : count == 4 ? pair_four(open, end - begin, begin, out)
                           : pair_any(open, count, scratch->sorted.items, end - begin, begin, out);
        count = move_on(open, count, end - begin, end);
    }
    intervals->count = (size_t)(out - (Interval *)intervals->items);
    return 1;
}

static int by_start(const void *a, const void *b)
{
    const Interval *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

static void sort_intervals(Interval *intervals, size_t count)
{
    if (count > FEW) {
        qsort(intervals, count, sizeof *intervals, by_start);
        return;
    }
    for (size_t n = 1; n < count; n++) {
        Interval interval = intervals[n];
        size_t place = n;
        for (; place > 0 && intervals[place - 1].start > interval.start; place--)
            intervals[place] = intervals[place - 1];
        intervals[place] = interval;
    }
}

typedef struct {
    int32_t low, high; /* first and last column */
} Columns;

static Columns columns_of(const Interval *intervals, size_t count)
{
    Columns found = {intervals[0].column, intervals[0].column};
    for (size_t n = 1; n < count; n++) {
        if (intervals[n].column < found.low) found.low = intervals[n].column;
        if (intervals[n].column > found.high) found.high = intervals[n].column;
    }
    return found;
}

/* `parts` by column, into `intervals`; where each column's end, the first one's before it. NULL where there is no
 * memory. */
static const uint32_t *sort_by_column(Scratch *scratch, Columns columns)
{
    const Interval *parts = scratch->parts.items;
    size_t count = scratch->parts.count, ends = (size_t)(columns.high - columns.low) + 3;
    if (!grow(&scratch->intervals, count, sizeof(Interval))) return NULL;
    if (!grow(&scratch->ends, ends, sizeof(uint32_t))) return NULL;
    Interval *sorted = scratch->intervals.items;
    uint32_t *end = scratch->ends.items; /* moved on as its column is filled, to where that ends */
    memset(end, 0, ends * sizeof *end);
    for (size_t n = 0; n < count; n++) end[parts[n].column - columns.low + 2]++;
    for (size_t c = 2; c < ends; c++) end[c] += end[c - 1];
    for (size_t n = 0; n < count; n++) sorted[end[parts[n].column - columns.low + 1]++] = parts[n];
    return end;
}

/* The union of overlapping `parts`, column by column. */
static int unite(Scratch *scratch)
{
    if (scratch->parts.count == 0) return 1;
    Columns columns = columns_of(scratch->parts.items, scratch->parts.count);
    const uint32_t *end = sort_by_column(scratch, columns);
    if (!end) return 0;
    Interval *sorted = scratch->intervals.items, *out = sorted;
    for (int32_t column = 0; column <= columns.high - columns.low; column++) {
        uint32_t from = end[column], to = end[column + 1];
        sort_intervals(sorted + from, to - from);
        for (uint32_t n = from; n < to; n++) { /* `out` never overtakes `n` */
            Interval next = sorted[n];
            if (n > from && next.start <= out[-1].end) {
                if (next.end > out[-1].end) out[-1].end = next.end;
            } else {
                *out++ = next;
            }
        }
    }
    scratch->intervals.count = (size_t)(out - sorted);
    return 1;
}

Outcome rasterise(Scratch *scratch, const double *coordinates, int64_t begin, const int64_t *ends, int64_t rings,
                  int64_t height, int64_t width)
{
    Growing *target = rings > 1 ? &scratch->parts : &scratch->intervals;
    scratch->parts.count = scratch->intervals.count = 0;
    if (rings < 1) return REFUSED;
    for (int64_t ring = 0; ring < rings; begin = ends[ring++]) {
        const double *xy = coordinates + begin;
        int64_t numbers = ends[ring] - begin;
        if (!is_ring(xy, numbers)) return REFUSED;
        if (!trace(scratch, xy, numbers / 2, height, width)) return OUT_OF_MEMORY;
        if (!pair_chains(scratch, target)) return OUT_OF_MEMORY;
    }
    return rings == 1 || unite(scratch) ? DONE : OUT_OF_MEMORY;
}
