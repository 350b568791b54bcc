/* The extension `pali_dataprep.masks.kernel._compiled`: batches of masks in flat arrays, without the GIL.
 *
 * Every function of masks takes buffers and prepares masks [low, high) of the batch; nothing outside that
 * range of the outputs is written, so threads can share a batch. Lengths and offsets are checked
 * here, ValueError for any that do not fit; what is wrong with a single mask is in its status.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "kernel.h"

#include <stdlib.h>
#include <string.h>

/* A batch as it comes from Python. `data` is float64, int64 or bytes as the kind of mask asks. */
typedef struct {
    Py_buffer data, ends, mask_ends, sizes, crops, measures, status, mask64;
    Py_ssize_t low, high;
    Py_ssize_t masks;
} Batch;

typedef Outcome (*Intervals)(Scratch *scratch, const Batch *batch, Py_ssize_t mask, int64_t height, int64_t width);

static const int64_t *int64s(const Py_buffer *buffer) { return buffer->buf; }

static int64_t begin_of(const int64_t *ends, int64_t place) { return place ? ends[place - 1] : 0; }

static Outcome of_polygons(Scratch *scratch, const Batch *batch, Py_ssize_t mask, int64_t height, int64_t width)
{
    const int64_t *ends = int64s(&batch->ends), *mask_ends = int64s(&batch->mask_ends);
    int64_t first = begin_of(mask_ends, mask);
    return rasterise(scratch, batch->data.buf, begin_of(ends, first), ends + first, mask_ends[mask] - first, height,
                     width);
}

static Outcome of_runs(Scratch *scratch, const Batch *batch, Py_ssize_t mask, int64_t height, int64_t width)
{
    const int64_t *ends = int64s(&batch->ends);
    int64_t first = begin_of(ends, mask);
    return split_runs(scratch, int64s(&batch->data) + first, ends[mask] - first, height, width);
}

static Outcome of_rle(Scratch *scratch, const Batch *batch, Py_ssize_t mask, int64_t height, int64_t width)
{
    const int64_t *ends = int64s(&batch->ends);
    int64_t first = begin_of(ends, mask);
    return split_rle(scratch, (const uint8_t *)batch->data.buf + first, ends[mask] - first, height, width);
}

static int is_side(int64_t side) { return 0 < side && side <= MAX_SIDE; }

/* The crop asked for; all zeros stand for the mask's tight box. 0 where there is none. */
static int crop_of(const Batch *batch, Py_ssize_t mask, const Measures *found, Crop *crop)
{
    const int64_t *given = int64s(&batch->crops) + 4 * mask;
    *crop = (Crop){given[0], given[1], given[2], given[3]};
    if (!(given[0] | given[1] | given[2] | given[3])) *crop = (Crop){found->y1, found->x1, found->y2, found->x2};
    return crop->y1 < crop->y2 && crop->x1 < crop->x2;
}

static Outcome prepare_one(Scratch *scratch, const Batch *batch, Py_ssize_t mask, Intervals intervals)
{
    const int64_t *size = int64s(&batch->sizes) + 2 * mask;
    Measures *measures = (Measures *)batch->measures.buf + mask;
    float *mask64 = batch->mask64.len ? (float *)batch->mask64.buf + mask * MASK_SIDE * MASK_SIDE : NULL;
    Crop crop;
    memset(measures, 0, sizeof *measures);
    Outcome outcome = is_side(size[0]) && is_side(size[1]) ? intervals(scratch, batch, mask, size[0], size[1]) : REFUSED;
    if (outcome == DONE) {
        measure(&scratch->intervals, measures);
        if (crop_of(batch, mask, measures, &crop)) return resize(scratch, &crop, mask64, &measures->inside);
    }
    if (mask64) memset(mask64, 0, MASK_SIDE * MASK_SIDE * sizeof *mask64);
    return outcome;
}

/* 0 where there is no memory. */
static int prepare_all(const Batch *batch, Intervals intervals)
{
    uint8_t *status = batch->status.buf;
    Scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch) return 0;
    Outcome outcome = DONE;
    for (Py_ssize_t mask = batch->low; mask < batch->high && outcome != OUT_OF_MEMORY; mask++) {
        outcome = prepare_one(scratch, batch, mask, intervals);
        status[mask] = (uint8_t)outcome;
    }
    scratch_free(scratch);
    return outcome != OUT_OF_MEMORY;
}

/* Whether `ends` are as many as `count` (any number for -1), never fall, and end at `last` at most. */
static int are_ends(const Py_buffer *ends, Py_ssize_t count, int64_t last)
{
    Py_ssize_t found = ends->len / (Py_ssize_t)sizeof(int64_t);
    int64_t before = 0;
    if (ends->len % (Py_ssize_t)sizeof(int64_t) || (count >= 0 && found != count)) return 0;
    for (Py_ssize_t n = 0; n < found; n++) {
        if (int64s(ends)[n] < before || int64s(ends)[n] > last) return 0;
        before = int64s(ends)[n];
    }
    return 1;
}

/* A crop has a side of 1 to MAX_SIDE pixels and lies within 2**40 of the image, or is all zeros. */
static int are_crops(const Batch *batch)
{
    const int64_t far = (int64_t)1 << 40, *crop = int64s(&batch->crops);
    for (Py_ssize_t n = 0; n < batch->masks; n++, crop += 4) {
        for (int k = 0; k < 4; k++)
            if (crop[k] < -far || crop[k] > far) return 0;
        int tight = !(crop[0] | crop[1] | crop[2] | crop[3]);
        if (!tight && !(is_side(crop[2] - crop[0]) && is_side(crop[3] - crop[1]))) return 0;
    }
    return 1;
}

static const char *problem_of(const Batch *batch, size_t data_item, int by_ring)
{
    Py_ssize_t masks = batch->masks, rings = batch->ends.len / (Py_ssize_t)sizeof(int64_t);
    int64_t data = (int64_t)((size_t)batch->data.len / data_item);
    if (batch->sizes.len != masks * 16 || batch->crops.len != masks * 32) return "sizes or crops";
    if (batch->measures.len != masks * (Py_ssize_t)sizeof(Measures)) return "measures";
    if (batch->mask64.len && batch->mask64.len != masks * MASK_SIDE * MASK_SIDE * 4) return "mask64";
    if (!are_ends(&batch->ends, by_ring ? -1 : masks, data)) return "ends";
    if (by_ring && !are_ends(&batch->mask_ends, masks, rings)) return "mask_ends";
    if (batch->low < 0 || batch->high < batch->low || batch->high > masks) return "the range of masks";
    return are_crops(batch) ? NULL : "crops";
}

static PyObject *prepare(PyObject *arguments, Intervals intervals, size_t data_item, int by_ring)
{
    Batch batch = {0};
    PyObject *result = NULL;
    const char *problem;
    int done = 0;
    if (!PyArg_ParseTuple(arguments, "y*y*y*y*y*nnw*w*w*", &batch.data, &batch.ends, &batch.mask_ends, &batch.sizes,
                          &batch.crops, &batch.low, &batch.high, &batch.measures, &batch.status, &batch.mask64))
        return NULL;
    batch.masks = batch.status.len;
    problem = problem_of(&batch, data_item, by_ring);
    if (problem) {
        PyErr_Format(PyExc_ValueError, "%s: not as long as the batch, or out of range", problem);
    } else {
        Py_BEGIN_ALLOW_THREADS
        done = prepare_all(&batch, intervals);
        Py_END_ALLOW_THREADS
        result = done ? Py_NewRef(Py_None) : PyErr_NoMemory();
    }
    Py_buffer *all[] = {&batch.data,  &batch.ends,     &batch.mask_ends, &batch.sizes,
                        &batch.crops, &batch.measures, &batch.status,    &batch.mask64};
    for (size_t n = 0; n < sizeof all / sizeof *all; n++) PyBuffer_Release(all[n]);
    return result;
}

static PyObject *prepare_polygons(PyObject *module, PyObject *arguments)
{
    (void)module;
    return prepare(arguments, of_polygons, sizeof(double), 1);
}

static PyObject *prepare_runs(PyObject *module, PyObject *arguments)
{
    (void)module;
    return prepare(arguments, of_runs, sizeof(int64_t), 0);
}

static PyObject *prepare_rle(PyObject *module, PyObject *arguments)
{
    (void)module;
    return prepare(arguments, of_rle, 1, 0);
}

static int is_label_map(const LabelMap *map, Py_ssize_t bytes)
{
    int whole = map->item == 1 || map->item == 2 || map->item == 4 || map->item == 8;
    return whole && is_side(map->height) && is_side(map->width) && bytes == map->height * map->width * map->item;
}

static PyObject *run_starts(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer pixels;
    Py_ssize_t height, width;
    LabelMap map = {0};
    Growing starts = {0};
    PyObject *result = NULL;
    int done = 0;
    if (!PyArg_ParseTuple(arguments, "y*inn", &pixels, &map.item, &height, &width)) return NULL;
    map.pixels = pixels.buf, map.height = height, map.width = width;
    if (!is_label_map(&map, pixels.len)) {
        PyErr_SetString(PyExc_ValueError, "pixels: not as many as the sides say, or out of range");
    } else {
        Py_BEGIN_ALLOW_THREADS
        done = find_run_starts(&map, &starts);
        Py_END_ALLOW_THREADS
        result = done ? PyBytes_FromStringAndSize(starts.items, (Py_ssize_t)(starts.count * sizeof(int64_t)))
                      : PyErr_NoMemory();
        free(starts.items);
    }
    PyBuffer_Release(&pixels);
    return result;
}

/* Python's own: correctly rounded, and not the locale's. */
static double read_exactly(const char *text)
{
    char *end;
    return PyOS_string_to_double(text, &end, NULL);
}

/* The items as bytes, which are freed. */
static PyObject *to_bytes(Growing *array, size_t width)
{
    PyObject *bytes = PyBytes_FromStringAndSize(array->items, (Py_ssize_t)(array->count * width));
    free(array->items);
    return bytes;
}

static PyObject *read_polygons(PyObject *module, PyObject *json)
{
    (void)module;
    Py_buffer text;
    Growing coordinates = {0}, lengths = {0};
    if (PyObject_GetBuffer(json, &text, PyBUF_SIMPLE) < 0) return NULL;
    Outcome outcome = read_rings(text.buf, (size_t)text.len, read_exactly, &coordinates, &lengths);
    PyBuffer_Release(&text);
    if (outcome == DONE)
        return Py_BuildValue("(NN)", to_bytes(&coordinates, sizeof(double)), to_bytes(&lengths, sizeof(int64_t)));
    free(coordinates.items);
    free(lengths.items);
    if (outcome == OUT_OF_MEMORY) return PyErr_NoMemory();
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

#define ARGUMENTS "(data, ends, mask_ends, sizes, crops, low, high, measures, status, mask64)\n--\n\n"

static PyMethodDef METHODS[] = {
    {"prepare_polygons", prepare_polygons, METH_VARARGS,
     "prepare_polygons" ARGUMENTS "float64 coordinates; ends of rings in them, ends of masks in the rings."},
    {"prepare_runs", prepare_runs, METH_VARARGS,
     "prepare_runs" ARGUMENTS "int64 run boundaries; ends of masks in them; mask_ends is not used."},
    {"prepare_rle", prepare_rle, METH_VARARGS,
     "prepare_rle" ARGUMENTS "Compressed COCO counts; ends of masks in them; mask_ends is not used."},
    {"run_starts", run_starts, METH_VARARGS,
     "run_starts(pixels, item, height, width)\n--\n\n"
     "Where runs of equal value begin down the columns of a label map of `item` bytes a pixel: int64 as bytes."},
    {"read_polygons", read_polygons, METH_O,
     "read_polygons(json)\n--\n\n"
     "Rings in JSON text: float64 coordinates as bytes, and int64 numbers of them by ring; None for any other text."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot SLOTS[] = {{0, NULL}};

static PyModuleDef MODULE = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_compiled",
    .m_doc = "Annotations to 64 x 64 masks, in C.",
    .m_methods = METHODS,
    .m_slots = SLOTS,
};

PyMODINIT_FUNC PyInit__compiled(void) { return PyModuleDef_Init(&MODULE); }
