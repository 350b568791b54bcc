/* Annotations to the 64 x 64 image the mask encoder sees, without ever making the full mask.
 *
 *     JSON text --polygon_text.c--> rings
 *     rings --outline.c--> chains --raster.c--> intervals --mask64.c--> measures and image
 *                       run boundaries --runs.c--^               ^ axis.c: weights of the resize
 *                                    ^ label_map.c: from pixels
 *
 * No function here knows Python (module.c does) or keeps state between masks but its scratch
 * memory, so that any number of threads can work, each with a scratch of its own.
 */
#ifndef PALI_DATAPREP_KERNEL_H
#define PALI_DATAPREP_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* Compiled for wider vectors, too; which one runs, the processor decides where the library is loaded. What comes out is
 * the same: whole numbers, and floats, which are not contracted. A resolver runs before AddressSanitizer does. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__has_attribute) && !defined(__SANITIZE_ADDRESS__)
#if __has_attribute(target_clones)
#define WITH_WIDE_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#endif
#ifndef WITH_WIDE_VECTORS
#define WITH_WIDE_VECTORS
#endif

enum {
    MASK_SIDE = 64,
    IMAGE_ROWS = MASK_SIDE + 6, /* mask64.c needs some around those of the mask */
    MAX_SIDE = 65500, /* of an image or a crop; pycocotools counts pixels in 32 bits */
};

/* What became of a mask. */
typedef enum { DONE = 0, REFUSED = 1, OUT_OF_MEMORY = 2 } Outcome;

/* Rows [start, end) of a column are inside; 0 <= start < end <= height. */
typedef struct {
    int32_t column, start, end;
} Interval;

/* A stretch of an outline that crosses each of the columns [begin, end) once, in rows `crossings` from `first` on. */
typedef struct {
    int32_t begin, end;
    size_t first;
} Chain;

/* An array that grows; `items` belongs to it. */
typedef struct {
    void *items;
    size_t count, capacity;
} Growing;

/* What an axis of `size` pixels gives to 64 outputs, as whole numbers of 2**-30 (axis.c). */
typedef struct {
    int64_t size;
    int stride;
    Growing places;         /* uint8, a position: the output that its numbers begin with */
    Growing before, behind; /* uint32, an edge, where the axis shrinks: what two outputs have of the pixels before it */
    Growing values;         /* uint32, `stride` a pixel: its weights */
} Axis;

/* An output of an axis that grows: of pixel `first` it has what `second` leaves, which is `weight` of MIXED. */
typedef struct {
    int32_t first, second;
    uint32_t weight;
} Mix;

enum { MIXED = 128, UNIT = 23 }; /* MIXED << UNIT is 2**30 */

static inline Mix mix_of(int32_t size, int32_t output)
{
    int32_t behind = size * (2 * output + 1) - 64; /* the output's centre, in 128ths of a pixel from the first one's */
    Mix mix = {behind < 0 ? 0 : behind >> 7, 0, behind < 0 ? 0 : (uint32_t)(behind & (MIXED - 1))};
    if (mix.first == size - 1) mix.weight = 0;
    mix.second = mix.weight ? mix.first + 1 : mix.first;
    return mix;
}

typedef struct {
    int64_t y1, x1, y2, x2; /* ends exclusive; may reach beyond the image, where nothing is inside */
} Crop;

typedef struct {
    int64_t area;           /* pixels of the mask */
    int64_t inside;         /* of them in the crop */
    int64_t x1, y1, x2, y2; /* the tight box, ends exclusive; all 0 for an empty mask */
} Measures;

/* Whole numbers of `item` bytes (1, 2, 4 or 8), row by row. */
typedef struct {
    const uint8_t *pixels;
    int item;
    int64_t height, width;
} LabelMap;

typedef struct {
    Growing points, chains, crossings; /* int32, Chain, int32: outline.c */
    Growing open, sorted, ends, parts; /* raster.c */
    Growing intervals;
    Axis rows, columns;
    uint64_t image[IMAGE_ROWS * MASK_SIDE]; /* zeros between masks, as the next one */
    int32_t by_row[IMAGE_ROWS * MASK_SIDE];
} Scratch;

void scratch_free(Scratch *scratch);

/* Room for `more` items of `width` bytes behind the last one; 0 where there is no memory. */
int grow(Growing *array, size_t more, size_t width);

/* Whether pycocotools can take a ring x0, y0, x1, y1, ...: enough numbers, all finite and near, no outline too long. */
int is_ring(const double *xy, int64_t numbers);

/* The chains of a ring's outline, and their rows; 0 where there is no memory. */
int trace(Scratch *scratch, const double *xy, int64_t points, int64_t height, int64_t width);

/* The union of rings (x0, y0, x1, y1, ... as `coordinates[ends[n - 1]:ends[n]]`, the first from `begin`) as
 * disjoint intervals in `scratch->intervals`, exactly as pycocotools' rleFrPoly and rleMerge decide. */
Outcome rasterise(Scratch *scratch, const double *coordinates, int64_t begin, const int64_t *ends, int64_t rings,
                  int64_t height, int64_t width);

/* Runs [bounds[0], bounds[1]), ... in column-major pixel numbers, non-decreasing, as intervals. */
Outcome split_runs(Scratch *scratch, const int64_t *bounds, int64_t count, int64_t height, int64_t width);

/* COCO's compressed counts as intervals. */
Outcome split_rle(Scratch *scratch, const uint8_t *text, int64_t length, int64_t height, int64_t width);

/* The number that begins at `text`, correctly rounded, infinite where no float holds it. Not a digit of a number lies
 * behind it, so that it ends before the text does. */
typedef double (*ReadExactly)(const char *text);

/* Rings in JSON, an array of arrays of finite numbers, as float64 coordinates, one ring behind the other, and int64
 * lengths of the rings that are not empty. REFUSED for any other text. */
Outcome read_rings(const char *begin, size_t length, ReadExactly exactly, Growing *coordinates, Growing *lengths);

/* Where runs of equal value begin down each column, int64 column-major pixel numbers; 0 where there is no memory. */
int find_run_starts(const LabelMap *map, Growing *starts);

/* Weights of the pixels (0 to size - 1) of an axis: of two outputs where it shrinks; 0 where there is no memory. Places
 * count from output -1 where it shrinks, which like output 64 gets nothing, and from output 0 where it grows. */
int axis_pixels(Axis *axis, int64_t size);

/* Of an axis of 64 pixels or more: what two outputs have of the pixels before a position (0 to size); those before
 * them have all of theirs, those behind them nothing. 0 without memory. */
int axis_edges(Axis *axis, int64_t size);

/* Area and tight box of the intervals. */
void measure(const Growing *intervals, Measures *out);

/* The crop at 64 x 64 into `mask64` (or nowhere, for NULL), and how much of the mask is in it. */
Outcome resize(Scratch *scratch, const Crop *crop, float *mask64, int64_t *inside);

#endif
