/* Annotations to the 64 x 64 image the mask encoder sees, without ever making the full mask.
 *
 *     JSON text --polygon_text.c--> rings
 *     ring or run boundaries --raster.c, runs.c--> intervals --mask64.c--> measures and image
 *                          ^ label_map.c: from pixels            ^ axis.c: weights of the resize
 *
 * No function here knows Python (module.c does) or keeps state between masks but its scratch
 * memory, so that any number of threads can work, each with a scratch of its own.
 */
#ifndef PALI_DATAPREP_KERNEL_H
#define PALI_DATAPREP_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum {
    MASK_SIDE = 64,
    MAX_SIDE = 65500, /* of an image or a crop; pycocotools counts pixels in 32 bits */
};

/* What became of a mask. */
typedef enum { DONE = 0, REFUSED = 1, OUT_OF_MEMORY = 2 } Outcome;

/* Rows [start, end) of a column are inside; 0 <= start < end <= height. */
typedef struct {
    int32_t column, start, end;
} Interval;

typedef struct {
    int32_t column, row;
} Crossing;

/* An array that grows; `items` belongs to it. */
typedef struct {
    void *items;
    size_t count, capacity;
} Growing;

/* Weights of one axis of `size` pixels, as whole numbers of 2**-30 (axis.c). */
typedef struct {
    int64_t size;
    int stride;      /* values a position has */
    Growing first;   /* int32: the output its values begin at */
    Growing values;  /* uint32: `stride` of them a position */
} Axis;

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
    Growing crossings, tops, begins, parts, intervals;
    int32_t low, high; /* columns that crossings are in */
    Axis rows, columns;
    uint64_t image[(MASK_SIDE + 1) * MASK_SIDE]; /* zeros between masks */
} Scratch;

void scratch_free(Scratch *scratch);

/* Room for `more` items of `width` bytes behind the last one; 0 where there is no memory. */
int grow(Growing *array, size_t more, size_t width);

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

/* Weights of the pixels (0 to size - 1) of an axis; 0 where there is no memory. */
int axis_pixels(Axis *axis, int64_t size);

/* What the outputs lack of the pixels before a position (0 to size), as differences; 0 without memory. */
int axis_edges(Axis *axis, int64_t size);

/* Area and tight box of the intervals. */
void measure(const Growing *intervals, Measures *out);

/* The crop at 64 x 64 into `mask64` (or nowhere, for NULL), and how much of the mask is in it. */
Outcome resize(Scratch *scratch, const Crop *crop, float *mask64, int64_t *inside);

#endif
