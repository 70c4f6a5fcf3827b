/* The load generator of `bench.py`: one thread, one epoll, a claim for each answer or at its time.
 *
 *     load PORT WIRE PATH PLAYERS LOCATIONS FILE DRAIN_S
 *
 * connects so many players to 127.0.0.1:PORT, each with its line of the file (a join code; for some
 * wires a path), waits until all are welcomed, prints one line of JSON, and then obeys lines of its
 * standard input, each answered by a line of JSON when its last claim is answered and saved, for
 * which there are DRAIN_S seconds:
 *
 *     closed DEPTH SECONDS   every player keeps DEPTH claims on their way
 *     open RATE SECONDS      all together make RATE claims a second at planned times, whether or not
 *                            answers come; latency counts from the planned time
 *
 * At the end of its input it hangs up. Whatever a server does that makes figures worthless ends the
 * program with 1 and a reason on its standard error. Linux, no dependencies.
 */
#define _GNU_SOURCE
#include "load_memory.h"
#include "load_wires.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_BYTES = 65536,     /* At once: many answers. */
    EVENTS_MAX = 1024,
    JOINING_MAX = 64,  /* Players that join at a time: a server is busy then, and none gives up. */
    DEPTH_MAX = 99,    /* Claims of one player on their way. */
    FIRST_STEP = 7919, /* Locations between the first ones of two players: a prime, so they spread. */
    EACH_BYTES_MAX = 256,
    SAMPLES_PREPARED = 1 << 20, /* Room in the lists, so that they do not grow while the clock runs. */
};

static const double
    PATIENCE_S = 20, /* Without any welcome, while some are still missing. */
    QUIET_S = 0.5,   /* Without a message: the server is idle. */
    UNQUIET_S = 15;  /* After which it counts as idle: leaderboards of big hunts never pause. */

struct player {
    int socket, state; /* 0: shaking hands, 1: waiting for its welcome, 2: may claim. */
    unsigned first, sent, answered, saved;
    struct bytes in, out;
    struct times sent_at, accepted_at;
    char *each;
};

static const struct wire *wire;
static const char *path;
static int port, poller, timer, locations, count_all, welcomed;
static struct player *players;

static struct { /* One phase. */
    struct times answers, saves;
    unsigned long sent, answered, accepted, refused, others;
} phase;

static double drain_s, refill_until, timer_at, heard_at;
static size_t answers_open, saves_open;

static double clock_s(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double now_s(void) { return clock_s(CLOCK_MONOTONIC); }

/* Sending. ----------------------------------------------------------------------------------- */

static void watch(struct player *player, int how, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = player};
    if (epoll_ctl(poller, how, player->socket, &event)) die("epoll: %s", strerror(errno));
}

static void send_bytes(struct player *player, const char *data, size_t length) {
    if (player->out.length == 0) {
        ssize_t done = send(player->socket, data, length, MSG_NOSIGNAL);
        if (done < 0 && errno != EAGAIN) die("a connection broke: %s", strerror(errno));
        if (done == (ssize_t)length) return;
        if (done > 0) data += done, length -= done;
        watch(player, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
    append(&player->out, data, length);
}

static void send_rest(struct player *player) {
    ssize_t done = send(player->socket, player->out.data, player->out.length, MSG_NOSIGNAL);
    if (done < 0 && errno != EAGAIN) die("a connection broke: %s", strerror(errno));
    if (done > 0) take_off(&player->out, done);
    if (player->out.length == 0) watch(player, EPOLL_CTL_MOD, EPOLLIN);
}

/* A header with a masking key of zero, which leaves the message as it is. */
static size_t head(char *to, int opcode, size_t length) {
    to[0] = (char)(0x80 | opcode);
    to[1] = (char)(0x80 | length);
    memset(to + 2, 0, 4);
    return 6;
}

static void send_message(struct player *player, int opcode, const char *data, size_t length) {
    char frame[6 + MESSAGE_BYTES_MAX];
    size_t at = head(frame, opcode, length);
    memcpy(frame + at, data, length);
    send_bytes(player, frame, at + length);
}

/* Send so many claims, or as many as are left. */
static void send_claims(struct player *player, unsigned count, double at) {
    static char frames[DEPTH_MAX * (6 + MESSAGE_BYTES_MAX)];
    size_t length = 0;
    if (count > locations - player->sent) count = locations - player->sent;
    if (count == 0) return;
    for (unsigned i = 0; i < count; i++) {
        unsigned n = ++player->sent;
        size_t size = wire->claim(frames + length + 6, n, (n + player->first) % locations);
        length += head(frames + length, wire->opcode, size) + size;
        push(&player->sent_at, at);
    }
    phase.sent += count;
    answers_open += count;
    send_bytes(player, frames, length);
}

/* Receiving. --------------------------------------------------------------------------------- */

static void note_saved(struct player *player, unsigned n, double now) {
    for (; player->saved < n && player->accepted_at.count; player->saved++, saves_open--)
        push(&phase.saves, now - pop(&player->accepted_at));
}

static void note_answer(struct player *player, struct said said, double now) {
    if (player->sent_at.count == 0) die("claim %u was answered, but never made", said.n);
    unsigned n = ++player->answered;
    if (said.n && said.n != n) die("claim %u was answered while %u was due", said.n, n);
    push(&phase.answers, now - pop(&player->sent_at));
    answers_open--;
    if (said.kind == ACCEPTED)
        phase.accepted++;
    else
        phase.refused++;
    if (wire->saves) {
        push(&player->accepted_at, now);
        saves_open++;
    }
}

static void send_opening(struct player *player) {
    char message[MESSAGE_BYTES_MAX + EACH_BYTES_MAX];
    size_t length = wire->opening(message, player->each);
    if (length > MESSAGE_BYTES_MAX) die("the join code is too long");
    send_message(player, wire->opcode, message, length);
}

/* Returns whether it was an answer. */
static int take_message(struct player *player, const char *data, size_t length, double now) {
    struct said said = wire->read(data, length);
    if (said.reply) send_message(player, wire->opcode, &said.reply, 1);
    switch (said.kind) {
    case ACCEPTED:
    case REFUSED:
        note_answer(player, said, now);
        break;
    case OPENED:
        send_opening(player);
        break;
    case WELCOMED:
        if (player->state == 1) player->state = 2, welcomed++;
        break;
    case FAILED:
        die("the server said %.*s", (int)(length < 200 ? length : 200), data);
    case OTHER:
        phase.others++;
        break;
    case SAVED:
        break;
    }
    if (said.saved) note_saved(player, said.saved, now);
    return said.kind == ACCEPTED || said.kind == REFUSED;
}

/* The length of a frame's header, and of what follows it; 0: it is not all there. */
static size_t header(const unsigned char *data, size_t length, size_t *follows) {
    if (length < 2) return 0;
    size_t bytes = data[1] < 126 ? 0 : data[1] == 126 ? 2 : 8;
    if (length < 2 + bytes) return 0;
    *follows = bytes ? 0 : data[1];
    for (size_t i = 0; i < bytes; i++) *follows = *follows << 8 | data[2 + i];
    return 2 + bytes;
}

/* Take whole frames off what came; returns how many bytes they were. */
static size_t take_frames(struct player *player, const char *bytes, size_t length, double now, unsigned *answers) {
    size_t at = 0, head_bytes, follows;
    while ((head_bytes = header((const unsigned char *)bytes + at, length - at, &follows))) {
        if (length - at < head_bytes + follows) break;
        const char *data = bytes + at + head_bytes;
        int opcode = bytes[at] & 15;
        if (opcode == 9)
            send_message(player, 10, data, follows);
        else if (opcode == 8)
            die("the server said goodbye: %.*s", (int)(follows < 3 ? 0 : follows - 2), data + 2);
        else
            *answers += take_message(player, data, follows, now);
        at += head_bytes + follows;
    }
    return at;
}

/* Returns how many bytes the server's answer to the handshake was, when it is all there. */
static size_t end_handshake(struct player *player, const char *bytes, size_t length) {
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    if (!BEGINS(bytes, length, "HTTP/1.1 101"))
        die("the server said '%.*s'", (int)((char *)memchr(bytes, '\r', length) - bytes), bytes);
    player->state = 1;
    if (wire->opening == NULL && !wire->waits)
        player->state = 2, welcomed++;
    else if (!wire->waits)
        send_opening(player);
    return end + 4 - bytes;
}

/* Whatever is no whole frame stays in the player's own buffer until the rest comes. */
static void receive(struct player *player) {
    static char shared[READ_BYTES];
    struct bytes *in = &player->in;
    unsigned answers = 0;
    int is_shared = in->length == 0;
    if (!is_shared) reserve(in, READ_BYTES);
    ssize_t count = recv(player->socket, is_shared ? shared : in->data + in->length, READ_BYTES, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) die("the server closed a connection");
    double now = heard_at = now_s();
    const char *bytes = is_shared ? shared : in->data;
    size_t length = in->length + count, at = 0;
    if (player->state == 0) at = end_handshake(player, bytes, length);
    if (player->state != 0) at += take_frames(player, bytes + at, length - at, now, &answers);
    if (is_shared) {
        append(in, shared + at, length - at);
    } else {
        in->length = length;
        take_off(in, at);
    }
    if (answers && now < refill_until) send_claims(player, answers, now);
}

/* Take what comes until something came or the moment is there, which 0 never is; whether a line of
 * the standard input came. */
static int pump(double until) {
    static struct epoll_event events[EVENTS_MAX];
    if (until != timer_at) {
        struct itimerspec moment = {.it_value = {(time_t)until, (long)((until - (time_t)until) * 1e9)}};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &moment, NULL);
        timer_at = until;
    }
    int is_told = 0, count = epoll_wait(poller, events, EVENTS_MAX, -1);
    for (int i = 0; i < count; i++) {
        struct player *player = events[i].data.ptr;
        uint64_t times;
        if (player == NULL)
            is_told = 1;
        else if (events[i].data.ptr == &timer)
            timer_at = read(timer, &times, sizeof times) > 0 ? 0 : timer_at;
        else {
            if (events[i].events & EPOLLOUT) send_rest(player);
            if (events[i].events & ~EPOLLOUT) receive(player);
        }
    }
    return is_told;
}

/* Whoever started this is not there any more, or does not keep to the turns. */
static void pump_in_phase(double until) {
    if (pump(until)) die("interrupted");
}

/* Joining. ----------------------------------------------------------------------------------- */

static void connect_player(struct player *player) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char request[1024];
    int one = 1;
    player->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (player->socket < 0 || connect(player->socket, (struct sockaddr *)&address, sizeof address))
        die("cannot connect: %s", strerror(errno));
    setsockopt(player->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(player->socket, F_SETFL, O_NONBLOCK);
    watch(player, EPOLL_CTL_ADD, EPOLLIN);
    const char *form =
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Q2Fpcm4ncyBsb2FkIGdlbg==\r\n%s%s%s\r\n";
    const char *name = *wire->subprotocol ? "Sec-WebSocket-Protocol: " : "";
    const char *where = *path ? path : player->each;
    int length = snprintf(request, sizeof request, form, where, port, name, wire->subprotocol, *name ? "\r\n" : "");
    if (length >= (int)sizeof request) die("a path is too long");
    send_bytes(player, request, length);
}

static void join(void) {
    double started = heard_at = now_s();
    for (int asked = 0; welcomed < count_all;) {
        while (asked < count_all && asked - welcomed < JOINING_MAX) connect_player(&players[asked++]);
        pump_in_phase(heard_at + PATIENCE_S);
        if (now_s() > heard_at + PATIENCE_S) die("only %d players were welcomed", welcomed);
    }
    printf("{\"welcomed\":%d,\"seconds\":%.6f}\n", welcomed, now_s() - started);
    fflush(stdout);
}

/* A line of the file for each player. */
static void read_file(const char *name) {
    FILE *file = fopen(name, "r");
    char line[EACH_BYTES_MAX];
    if (file == NULL) die("%s: %s", name, strerror(errno));
    for (int i = 0; i < count_all; i++) {
        if (fgets(line, sizeof line, file) == NULL) die("%s has too few lines", name);
        line[strcspn(line, "\n")] = 0;
        players[i].each = strdup(line);
    }
    fclose(file);
}

/* Phases. ------------------------------------------------------------------------------------ */

static void quieten(void) {
    double until = now_s() + UNQUIET_S;
    heard_at = now_s();
    for (double now = heard_at; now < until && now < heard_at + QUIET_S; now = now_s())
        pump_in_phase(heard_at + QUIET_S);
}

static void closed_loop(int depth, double until) {
    refill_until = until;
    for (int i = 0; i < count_all; i++) send_claims(&players[i], depth, now_s());
    while (now_s() < until) pump_in_phase(until);
    refill_until = 0;
}

static void open_loop(double rate, double started, double seconds) {
    unsigned long count = rate * seconds;
    for (unsigned long sent = 0; sent < count;) {
        double planned, now = now_s();
        for (; sent < count && (planned = started + sent / rate) <= now; sent++)
            send_claims(&players[sent % count_all], 1, planned);
        if (sent < count) pump_in_phase(started + sent / rate);
    }
}

static void drain(void) {
    double until = now_s() + drain_s;
    while (answers_open || saves_open) {
        pump_in_phase(until);
        if (now_s() >= until)
            die("%zu claims were not answered, %zu not saved in time", answers_open, saves_open);
    }
}

static void run_phase(const char *how, double rate, double seconds) {
    int exhausted = 0;
    quieten();
    phase.sent = phase.answered = phase.accepted = phase.refused = phase.others = 0;
    phase.answers.count = phase.saves.count = 0;
    double cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID), started = now_s();
    if (*how == 'c')
        closed_loop(rate, started + seconds);
    else
        open_loop(rate, started, seconds);
    double sent_by = now_s();
    phase.answered = phase.answers.count;
    for (int i = 0; i < count_all; i++) exhausted += (int)players[i].sent == locations;
    drain();
    double ended = now_s();
    printf("{\"seconds\":%.6f,\"drain_s\":%.6f,\"cpu_s\":%.6f", sent_by - started, ended - sent_by,
           clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    printf(",\"sent\":%lu,\"answered\":%lu,\"accepted\":%lu", phase.sent, phase.answered, phase.accepted);
    printf(",\"refused\":%lu,\"others\":%lu,\"exhausted\":%d", phase.refused, phase.others, exhausted);
    print_spread("answers", &phase.answers);
    print_spread("saves", &phase.saves);
    puts("}");
    fflush(stdout);
}

static void obey(void) {
    char line[128], how[8];
    double rate, seconds;
    for (;;) {
        while (!pump(0)) {}
        if (fgets(line, sizeof line, stdin) == NULL) return;
        if (sscanf(line, "%7s %lf %lf", how, &rate, &seconds) != 3) die("cannot read: %s", line);
        if (*how == 'c' && (rate < 1 || rate > DEPTH_MAX)) die("the depth must be 1 to %d", DEPTH_MAX);
        run_phase(how, rate, seconds);
    }
}

int main(int count, char **arguments) {
    struct rlimit limit;
    struct epoll_event of_input = {.events = EPOLLIN}, of_timer = {.events = EPOLLIN, .data.ptr = &timer};
    if (count != 8 || (wire = wire_named(arguments[2])) == NULL)
        return fprintf(stderr, "usage: load PORT WIRE PATH PLAYERS LOCATIONS FILE DRAIN_S\n"), 2;
    port = atoi(arguments[1]);
    path = arguments[3];
    count_all = atoi(arguments[4]);
    locations = atoi(arguments[5]);
    drain_s = atof(arguments[7]);
    players = calloc(count_all, sizeof *players);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < count_all; i++) players[i].first = i * FIRST_STEP;
    read_file(arguments[6]);
    poller = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    for (int i = 0; i < SAMPLES_PREPARED; i++) push(&phase.answers, 0), push(&phase.saves, 0);
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &of_input);
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &of_timer);
    join();
    obey();
    return 0;
}
