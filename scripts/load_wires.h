/* What `load.c` says to the servers that it knows, and what it understands of their answers.
 *
 * A wire makes the messages of a player, without the header of their websocket frames, and reads
 * whole ones of the server. No message that a wire makes is longer than MESSAGE_BYTES_MAX.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    MESSAGE_BYTES_MAX = 125, /* What a frame's header of two bytes can announce. */
    SAVED_DIGITS_MAX = 16,   /* Of a number in JSON. */
};

enum kind {
    OTHER,    /* A push, or anything else that is no answer. */
    OPENED,   /* The server has spoken first and now expects the opening. */
    WELCOMED, /* This player may claim. */
    ACCEPTED,
    REFUSED,
    SAVED,
    FAILED, /* The server will not go on. */
};

struct said {
    enum kind kind;
    unsigned n;     /* The claim that is answered; 0: this wire does not say, but keeps the order. */
    unsigned saved; /* Everything up to this claim is saved; 0: nothing is said about that. */
    char reply;     /* A byte that must be sent back; 0: none. */
};

struct wire {
    const char *name;
    const char *subprotocol;
    int opcode; /* Of the frames that it sends: 1 text, 2 binary. */
    int saves;  /* The server tells of every claim when it is saved. */
    int waits;  /* The server speaks first. */
    size_t (*opening)(char *to, const char *each); /* NULL: nothing to say but the handshake. */
    size_t (*claim)(char *to, unsigned n, unsigned location);
    struct said (*read)(const char *data, size_t length);
};

static int begins(const char *data, size_t length, const char *with, size_t count) {
    return length >= count && memcmp(data, with, count) == 0;
}

#define BEGINS(data, length, text) begins(data, length, text, sizeof(text) - 1)

/* JSON in text frames, as Cairn speaks it. -------------------------------------------------- */

static unsigned digits(const char *data, const char *end) {
    unsigned number = 0;
    for (; data < end && isdigit((unsigned char)*data); data++) number = number * 10 + (*data - '0');
    return number;
}

static size_t json_opening(char *to, const char *each) {
    const char *form = "{\"t\":\"join\",\"code\":\"%s\",\"name\":\"Load\"}";
    return snprintf(to, MESSAGE_BYTES_MAX, form, each);
}

static size_t json_claim(char *to, unsigned n, unsigned location) {
    const char *form = "{\"t\":\"claim\",\"n\":%u,\"location\":\"p%05u\",\"code\":\"x\"}";
    return snprintf(to, MESSAGE_BYTES_MAX, form, n, location);
}

/* The number of a `saved` that rides at the end of an answer. */
static unsigned json_riding(const char *data, size_t length) {
    static const char key[] = "\"saved\":";
    size_t tail = sizeof key + SAVED_DIGITS_MAX;
    if (tail > length) tail = length;
    const char *end = data + length, *found = memmem(end - tail, tail, key, sizeof key - 1);
    return found == NULL ? 0 : digits(found + sizeof key - 1, end);
}

static struct said json_answer(enum kind kind, size_t at, const char *data, size_t length) {
    struct said said = {.kind = kind};
    said.n = digits(data + at, data + length);
    said.saved = json_riding(data, length);
    return said;
}

static struct said json_read(const char *data, size_t length) {
    static const char accepted[] = "{\"t\":\"accepted\",\"n\":", refused[] = "{\"t\":\"refused\",\"n\":";
    static const char saved[] = "{\"t\":\"saved\",\"n\":";
    struct said said = {.kind = OTHER};
    if (BEGINS(data, length, accepted)) return json_answer(ACCEPTED, sizeof accepted - 1, data, length);
    if (BEGINS(data, length, refused)) return json_answer(REFUSED, sizeof refused - 1, data, length);
    if (BEGINS(data, length, saved)) {
        said.kind = SAVED;
        said.saved = digits(data + sizeof saved - 1, data + length);
    } else if (BEGINS(data, length, "{\"t\":\"welcome\"")) {
        said.kind = WELCOMED;
    } else if (BEGINS(data, length, "{\"t\":\"error\"")) {
        said.kind = FAILED;
    }
    return said;
}

static struct said json_read_echo(const char *data, size_t length) {
    static const char claim[] = "{\"t\":\"claim\",\"n\":";
    struct said said = {.kind = OTHER};
    if (!BEGINS(data, length, claim)) return said;
    said.kind = ACCEPTED;
    said.n = digits(data + sizeof claim - 1, data + length);
    return said;
}

/* msgpack in binary frames, as Cairn speaks it. ---------------------------------------------- */

static size_t pack_number(char *to, unsigned n) {
    if (n < 0x80) return to[0] = (char)n, 1;
    int width = n <= 0xff ? 1 : n <= 0xffff ? 2 : 4;
    to[0] = (char)(width == 1 ? 0xcc : width == 2 ? 0xcd : 0xce);
    for (int i = 0; i < width; i++) to[1 + i] = (char)(n >> 8 * (width - 1 - i));
    return 1 + width;
}

static unsigned unpack_number(const char *data, const char *end) {
    if (data >= end) return 0;
    unsigned char first = *data++;
    if (first < 0x80) return first;
    int width = first < 0xcc || first > 0xcf ? 0 : 1 << (first - 0xcc);
    unsigned number = 0;
    if (end - data < width) return 0;
    for (int i = 0; i < width; i++) number = number << 8 | (unsigned char)data[i];
    return number;
}

static size_t pack_text(char *to, const char *text) {
    size_t length = strlen(text);
    if (length < 32) return to[0] = (char)(0xa0 | length), memcpy(to + 1, text, length), 1 + length;
    to[0] = (char)0xd9;
    to[1] = (char)length;
    memcpy(to + 2, text, length);
    return 2 + length;
}

#define PUT(to, at, text) (memcpy((to) + (at), text, sizeof(text) - 1), sizeof(text) - 1)

static size_t msgpack_opening(char *to, const char *each) {
    size_t at = PUT(to, 0, "\x83\xa1t\xa4join\xa4" "code");
    at += pack_text(to + at, each);
    return at + PUT(to, at, "\xa4name\xa4Load");
}

/* What follows a claim's number, in a map. */
static size_t pack_place(char *to, unsigned location) {
    char id[16];
    snprintf(id, sizeof id, "p%05u", location);
    size_t at = PUT(to, 0, "\xa8location");
    at += pack_text(to + at, id);
    return at + PUT(to, at, "\xa4" "code\xa1x");
}

static size_t msgpack_claim(char *to, unsigned n, unsigned location) {
    size_t at = PUT(to, 0, "\x84\xa1t\xa5" "claim\xa1n");
    at += pack_number(to + at, n);
    return at + pack_place(to + at, location);
}

static unsigned msgpack_riding(const char *data, size_t length) {
    static const char key[] = "\xa5saved";
    size_t tail = sizeof key - 1 + 9;
    if (tail > length) tail = length;
    const char *end = data + length, *found = memmem(end - tail, tail, key, sizeof key - 1);
    return found == NULL ? 0 : unpack_number(found + sizeof key - 1, end);
}

static struct said msgpack_answer(enum kind kind, size_t at, const char *data, size_t length) {
    struct said said = {.kind = kind};
    said.n = unpack_number(data + at, data + length);
    said.saved = msgpack_riding(data, length);
    return said;
}

static struct said msgpack_read(const char *data, size_t length) {
    static const char accepted[] = "\xa1t\xa8" "accepted\xa1n", refused[] = "\xa1t\xa7refused\xa1n";
    static const char saved[] = "\xa1t\xa5saved\xa1n";
    struct said said = {.kind = OTHER};
    size_t head = length && (unsigned char)data[0] == 0xde ? 3 : 1; /* Of a map of many, or few. */
    if (length < head) return said;
    data += head;
    length -= head;
    if (BEGINS(data, length, accepted)) return msgpack_answer(ACCEPTED, sizeof accepted - 1, data, length);
    if (BEGINS(data, length, refused)) return msgpack_answer(REFUSED, sizeof refused - 1, data, length);
    if (BEGINS(data, length, saved)) {
        said.kind = SAVED;
        said.saved = unpack_number(data + sizeof saved - 1, data + length);
    } else if (BEGINS(data, length, "\xa1t\xa7welcome")) {
        said.kind = WELCOMED;
    } else if (BEGINS(data, length, "\xa1t\xa5" "error")) {
        said.kind = FAILED;
    }
    return said;
}

static struct said msgpack_read_echo(const char *data, size_t length) {
    static const char claim[] = "\x84\xa1t\xa5" "claim\xa1n";
    struct said said = {.kind = OTHER};
    if (!BEGINS(data, length, claim)) return said;
    said.kind = ACCEPTED;
    said.n = unpack_number(data + sizeof claim - 1, data + length);
    return said;
}

/* Socket.IO over Engine.IO, text frames: a claim is an event that asks for an acknowledgement. ---- */

static size_t socketio_opening(char *to, const char *each) {
    return snprintf(to, MESSAGE_BYTES_MAX, "40{\"code\":\"%s\"}", each);
}

static size_t socketio_claim(char *to, unsigned n, unsigned location) {
    const char *form = "42%u[\"claim\",{\"location\":\"p%05u\",\"code\":\"x\"}]";
    return snprintf(to, MESSAGE_BYTES_MAX, form, n, location);
}

static struct said socketio_read(const char *data, size_t length) {
    struct said said = {.kind = OTHER};
    if (BEGINS(data, length, "43")) {
        const char *body = memchr(data, '[', length);
        size_t left = body == NULL ? 0 : length - (body - data);
        said.n = digits(data + 2, data + length);
        if (BEGINS(body, left, "[{\"t\":\"accepted\"")) said.kind = ACCEPTED;
        if (BEGINS(body, left, "[{\"t\":\"refused\"")) said.kind = REFUSED;
    } else if (BEGINS(data, length, "0")) {
        said.kind = OPENED;
    } else if (BEGINS(data, length, "2")) {
        said.reply = '3';
    } else if (BEGINS(data, length, "40")) {
        said.kind = WELCOMED;
    } else if (BEGINS(data, length, "41") || BEGINS(data, length, "44")) {
        said.kind = FAILED;
    }
    return said;
}

/* Colyseus, binary frames: a byte for the kind, and for messages of a room their name and msgpack. */

enum { COLYSEUS_JOINED = 10, COLYSEUS_ERROR = 11, COLYSEUS_LEFT = 12, COLYSEUS_MESSAGE = 13 };

static size_t colyseus_claim(char *to, unsigned n, unsigned location) {
    size_t at = PUT(to, 0, "\x0d\xa5" "claim\x83\xa1n");
    at += pack_number(to + at, n);
    return at + pack_place(to + at, location);
}

/* msgpackr announces its maps as those of many, however few there are in it. */
static struct said colyseus_read(const char *data, size_t length) {
    static const char answer[] = "\x0d\xa6" "answer";
    struct said said = {.kind = OTHER};
    if (BEGINS(data, length, answer)) {
        data += sizeof answer - 1;
        length -= sizeof answer - 1;
        const char *n = memmem(data, length < 8 ? length : 8, "\xa1n", 2);
        said.n = n == NULL ? 0 : unpack_number(n + 2, data + length);
        if (memmem(data, length, "\xa1t\xa8" "accepted", 11)) said.kind = ACCEPTED;
        if (memmem(data, length, "\xa1t\xa7refused", 10)) said.kind = REFUSED;
    } else if (length && data[0] == COLYSEUS_JOINED) {
        said.kind = WELCOMED;
        said.reply = COLYSEUS_JOINED;
    } else if (length && (data[0] == COLYSEUS_ERROR || data[0] == COLYSEUS_LEFT)) {
        said.kind = FAILED;
    }
    return said;
}

static const struct wire WIRES[] = {
    {"json", "cairn.v1.json", 1, 1, 0, json_opening, json_claim, json_read},
    {"msgpack", "cairn.v1.msgpack", 2, 1, 0, msgpack_opening, msgpack_claim, msgpack_read},
    {"json-echo", "cairn.v1.json", 1, 0, 0, NULL, json_claim, json_read_echo},
    {"socketio", "", 1, 0, 1, socketio_opening, socketio_claim, socketio_read},
    {"colyseus", "", 2, 0, 1, NULL, colyseus_claim, colyseus_read},
    {"msgpack-echo", "cairn.v1.msgpack", 2, 0, 0, NULL, msgpack_claim, msgpack_read_echo},
};

static const struct wire *wire_named(const char *name) {
    for (size_t i = 0; i < sizeof WIRES / sizeof *WIRES; i++)
        if (strcmp(WIRES[i].name, name) == 0) return &WIRES[i];
    return NULL;
}
