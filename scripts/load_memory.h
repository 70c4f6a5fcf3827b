/* Buffers and lists that grow, and what `load.c` says of a list of durations. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_BYTES_MAX = 65536 }; /* Of a buffer that is empty; a welcome may be far bigger. */

struct bytes {
    char *data;
    size_t length, size;
};

struct times { /* A queue, or just a list, of moments or durations in seconds. */
    double *at;
    size_t first, count, size; /* The size is 0 or a power of two. */
};

static void die(const char *form, ...) __attribute__((format(printf, 1, 2), noreturn));

static void die(const char *form, ...) {
    va_list values;
    va_start(values, form);
    vfprintf(stderr, form, values);
    fputc('\n', stderr);
    exit(1);
}

static void *grown(void *old, size_t size) {
    void *data = realloc(old, size);
    if (data == NULL) die("there is no memory left");
    return data;
}

static void reserve(struct bytes *bytes, size_t more) {
    if (bytes->size - bytes->length >= more) return;
    bytes->size = 2 * (bytes->length + more);
    bytes->data = grown(bytes->data, bytes->size);
}

static void append(struct bytes *bytes, const char *data, size_t length) {
    if (length == 0) return;
    reserve(bytes, length);
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

static void take_off(struct bytes *bytes, size_t count) {
    bytes->length -= count;
    if (count && bytes->length) {
        memmove(bytes->data, bytes->data + count, bytes->length);
    } else if (bytes->length == 0 && bytes->size > KEPT_BYTES_MAX) {
        free(bytes->data);
        *bytes = (struct bytes){0};
    }
}

static void push(struct times *times, double at) {
    if (times->count == times->size) {
        size_t size = times->size ? 2 * times->size : 8;
        double *copy = grown(NULL, size * sizeof *copy);
        for (size_t i = 0; i < times->count; i++)
            copy[i] = times->at[(times->first + i) & (times->size - 1)];
        free(times->at);
        times->at = copy;
        times->size = size;
        times->first = 0;
    }
    times->at[(times->first + times->count++) & (times->size - 1)] = at;
}

static double pop(struct times *times) {
    double at = times->at[times->first];
    times->first = (times->first + 1) & (times->size - 1);
    times->count--;
    return at;
}

static int by_size(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

/* The nearest-rank method: always a value that was measured. */
static double percentile(const struct times *times, double share) {
    size_t rank = (size_t)(share * times->count);
    if (rank < share * times->count || rank == 0) rank++;
    return times->at[rank - 1];
}

static void print_spread(const char *name, struct times *times) {
    if (times->count == 0) {
        printf(",\"%s\":{}", name);
        return;
    }
    qsort(times->at, times->count, sizeof *times->at, by_size);
    printf(",\"%s\":{\"p50_s\":%.9f,\"p95_s\":%.9f,\"p99_s\":%.9f,\"max_s\":%.9f}", name, percentile(times, 0.5),
           percentile(times, 0.95), percentile(times, 0.99), percentile(times, 1.0));
}
