/* Polygons as JSON writes them, [[x0, y0, x1, y1, ...], ...], to flat coordinates, in one pass over the text.
 *
 * A number of COCO's is a whole number below 2**53 over a power of ten up to 10**22. Both are exact as float64, so that
 * their quotient is rounded once and correctly, whatever the machine (W. D. Clinger, How to read floating point numbers
 * accurately, PLDI 1990, section 3); `exactly` reads all others. Text that is anything else than rings of finite
 * numbers is not understood here: who asked has to find out what it is.
 */
#include "kernel.h"

#include <math.h>
#include <string.h>

enum { MAX_DIGITS = 19, MAX_POWER = 22 };

static const int64_t FAR = 1000000000000000; /* more than a text has characters */

static const uint64_t MAX_EXACT = (uint64_t)1 << 53;

static const double POWERS[MAX_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* What is left of the text: everything is read through `peek`, which is 0 at its end. */
typedef struct {
    const char *at, *end;
} Text;

static char peek(const Text *text) { return text->at < text->end ? *text->at : 0; }

static int is_digit(char c) { return '0' <= c && c <= '9'; }

static char skip_space(Text *text)
{
    for (char c = peek(text); c == ' ' || c == '\n' || c == '\r' || c == '\t'; c = peek(text)) text->at++;
    return peek(text);
}

static int take(Text *text, char wanted)
{
    if (skip_space(text) != wanted) return 0;
    text->at++;
    return 1;
}

/* A number without its sign: the whole number that its digits are (modulo 2**64), how many they are, and where its
 * point is. */
typedef struct {
    uint64_t value;
    int64_t digits, exponent;
} Decimal;

/* At least one digit; 0 where there is none. */
static inline int read_digits(Text *text, Decimal *decimal)
{
    const char *at = text->at;
    uint64_t value = decimal->value;
    for (; at < text->end && is_digit(*at); at++) value = 10 * value + (uint64_t)(*at - '0');
    int64_t digits = at - text->at;
    decimal->value = value;
    decimal->digits += digits;
    text->at = at;
    return digits > 0;
}

static inline int read_fraction(Text *text, Decimal *decimal)
{
    int64_t before = decimal->digits;
    text->at++;
    int is_fraction = read_digits(text, decimal);
    decimal->exponent = before - decimal->digits;
    return is_fraction;
}

static int read_exponent(Text *text, Decimal *decimal)
{
    int64_t exponent = 0;
    text->at++;
    int is_negative = peek(text) == '-';
    if (is_negative || peek(text) == '+') text->at++;
    const char *begin = text->at;
    for (; is_digit(peek(text)); text->at++)
        if (exponent < FAR) exponent = 10 * exponent + (*text->at - '0');
    decimal->exponent += is_negative ? -exponent : exponent;
    return text->at > begin;
}

static int read_decimal(Text *text, Decimal *decimal)
{
    int leads_with_zero = peek(text) == '0';
    const char *begin = text->at;
    if (!read_digits(text, decimal) || (leads_with_zero && text->at > begin + 1)) return 0;
    if (peek(text) == '.' && !read_fraction(text, decimal)) return 0;
    return (peek(text) != 'e' && peek(text) != 'E') || read_exponent(text, decimal);
}

static int is_exact(const Decimal *decimal)
{
    return decimal->digits <= MAX_DIGITS && decimal->value <= MAX_EXACT && decimal->exponent >= -MAX_POWER &&
           decimal->exponent <= MAX_POWER;
}

/* Numbers as annotators' tools write them, 123.45: their eight bytes with what comes behind are looked at together. */
static const uint64_t ONES = 0x0101010101010101;

/* Which bytes are beyond 9, by their highest bits. */
static uint64_t beyond_nine(uint64_t bytes)
{
    return (((bytes & 0x7f * ONES) + (0x80 - 10) * ONES) | bytes) & 0x80 * ONES;
}

/* The number of the lowest byte of `highest`, which has highest bits of bytes alone, and one at least. */
static int lowest(uint64_t highest) { return (int)((((highest & -highest) - 1) & ONES) * ONES >> 56) - 1; }

/* The whole number of eight digits, the first one in the lowest byte. */
static uint64_t eight_digits(uint64_t digits)
{
    const uint64_t low = 0x000000ff000000ff;
    digits = 10 * digits + (digits >> 8); /* two in every other byte */
    uint64_t outer = (digits & low) * (100 + ((uint64_t)1000000 << 32));
    uint64_t inner = ((digits >> 16) & low) * (1 + ((uint64_t)10000 << 32));
    return (outer + inner) >> 32;
}

static uint64_t load_bytes(const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

/* Digits, a point and digits, seven characters at most, no exponent behind; 0 for all else, and nothing is read. */
static inline int read_short(Text *text, int is_negative, double *number)
{
    const char *at = text->at;
    if (text->end - at < 8) return 0;
    uint64_t bytes = load_bytes(at) ^ '0' * ONES, others = beyond_nine(bytes), behind = others & (others - 1);
    if (behind == 0) return 0;
    int point = lowest(others), end = lowest(behind), fraction = end - point - 1;
    if (at[point] != '.' || point == 0 || fraction == 0 || (at[end] | 0x20) == 'e') return 0;
    if (at[0] == '0' && point > 1) return 0;
    uint64_t whole = ((uint64_t)1 << 8 * point) - 1;
    uint64_t digits = (bytes & whole) | (bytes >> 8 & ~whole);
    double value = (double)(int64_t)eight_digits(digits << 8 * (9 - end)) / POWERS[fraction];
    *number = is_negative ? -value : value;
    text->at = at + end;
    return 1;
}

/* 0 for what is no number, or none that a float holds. */
static inline int read_number(Text *text, ReadExactly exactly, double *number)
{
    const char *begin = text->at;
    Decimal decimal = {0};
    int is_negative = peek(text) == '-';
    text->at += is_negative;
    if (read_short(text, is_negative, number)) return 1;
    if (!read_decimal(text, &decimal) || text->at == text->end) return 0; /* `exactly` stops at what comes behind */
    if (!is_exact(&decimal)) {
        *number = exactly(begin);
        return isfinite(*number);
    }
    if (is_negative && text->at == begin + 2 && decimal.value == 0) is_negative = 0; /* -0 is whole, -0.0 has a sign */
    double value = (double)decimal.value;
    value = decimal.exponent < 0 ? value / POWERS[-decimal.exponent] : value * POWERS[decimal.exponent];
    *number = is_negative ? -value : value;
    return 1;
}

static Outcome read_ring(Text *text, ReadExactly exactly, Growing *coordinates)
{
    if (!take(text, '[')) return REFUSED;
    if (take(text, ']')) return DONE;
    do {
        skip_space(text);
        if (!read_number(text, exactly, (double *)coordinates->items + coordinates->count)) return REFUSED;
        coordinates->count++;
    } while (take(text, ','));
    return take(text, ']') ? DONE : REFUSED;
}

/* Behind those that are there; an empty ring, as some tools leave it, is none. */
static Outcome add_ring(Text *text, ReadExactly exactly, Growing *coordinates, Growing *lengths)
{
    size_t before = coordinates->count;
    Outcome outcome = read_ring(text, exactly, coordinates);
    if (outcome != DONE || coordinates->count == before) return outcome;
    if (!grow(lengths, 1, sizeof(int64_t))) return OUT_OF_MEMORY;
    ((int64_t *)lengths->items)[lengths->count++] = (int64_t)(coordinates->count - before);
    return DONE;
}

Outcome read_rings(const char *begin, size_t length, ReadExactly exactly, Growing *coordinates, Growing *lengths)
{
    Text text = {begin, begin + length};
    coordinates->count = lengths->count = 0;
    /* A number and what ends it are two characters. */
    if (!grow(coordinates, length / 2 + 1, sizeof(double))) return OUT_OF_MEMORY;
    if (!take(&text, '[')) return REFUSED;
    if (!take(&text, ']')) {
        do {
            Outcome outcome = add_ring(&text, exactly, coordinates, lengths);
            if (outcome != DONE) return outcome;
        } while (take(&text, ','));
        if (!take(&text, ']')) return REFUSED;
    }
    skip_space(&text);
    return text.at == text.end ? DONE : REFUSED;
}
