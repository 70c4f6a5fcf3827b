/* A bare websocket echo in C: what shows how much the load generator can ask of a server.
 *
 * It sends back whole small messages and does nothing else; the handshake is as much of one as the
 * benchmark's load generators look at. Prints where it listens as the benchmark expects it, and
 * runs until it is told to stop. One thread, one epoll. Linux, no dependencies.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_BYTES = 65536,
    EVENTS_MAX = 1024,
    BACKLOG = 4096,
    REST_BYTES_MAX = 512, /* Of a message that is not all there; whoever sends a bigger one goes. */
};

static const char HANDSHAKE[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

struct client {
    int socket, is_open;
    size_t length;
    char rest[REST_BYTES_MAX];
};

static void stop(int number) {
    (void)number;
    _exit(0);
}

/* The frame at the start of the data, unmasked in place and moved to where the answers go; returns
 * how many bytes of data it took, 0 when it is not all there, -1 when it is none of ours. */
static long echo_frame(unsigned char *data, size_t length, char *to, size_t *answered) {
    if (length < 6) return 0;
    size_t size = data[1] & 127;
    if (!(data[1] & 128) || size > 125) return -1;
    if (length < 6 + size) return 0;
    unsigned char *key = data + 2;
    to[0] = (char)data[0];
    to[1] = (char)size;
    for (size_t i = 0; i < size; i++) to[2 + i] = (char)(data[6 + i] ^ key[i & 3]);
    *answered += 2 + size;
    return 6 + (long)size;
}

/* Returns whether the client may stay. */
static int serve(struct client *client) {
    static char data[REST_BYTES_MAX + READ_BYTES], answers[REST_BYTES_MAX + READ_BYTES];
    size_t at = 0, answered = 0;
    long took;
    memcpy(data, client->rest, client->length);
    ssize_t count = recv(client->socket, data + client->length, READ_BYTES, 0);
    if (count <= 0) return 0;
    size_t length = client->length + count;
    if (!client->is_open) {
        char *end = memmem(data, length, "\r\n\r\n", 4);
        if (end != NULL) {
            client->is_open = 1;
            at = end + 4 - data;
            memcpy(answers, HANDSHAKE, answered = sizeof HANDSHAKE - 1);
        }
    }
    while (client->is_open && (took = echo_frame((unsigned char *)data + at, length - at, answers + answered, &answered))) {
        if (took < 0) return 0;
        at += took;
    }
    client->length = length - at;
    if (client->length > REST_BYTES_MAX) return 0;
    memcpy(client->rest, data + at, client->length);
    return answered == 0 || send(client->socket, answers, answered, MSG_NOSIGNAL) == (ssize_t)answered;
}

static void welcome(int poller, int listener) {
    int one = 1, socket = accept(listener, NULL, NULL);
    if (socket < 0) return;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL) exit(1);
    client->socket = socket;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event);
}

static int listening(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) {
        perror("bind");
        exit(1);
    }
    listen(listener, BACKLOG);
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("The C echo listens on http://127.0.0.1:%d/\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(void) {
    static struct epoll_event events[EVENTS_MAX];
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    signal(SIGTERM, stop);
    int poller = epoll_create1(0), listener = listening();
    struct epoll_event of_listener = {.events = EPOLLIN};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &of_listener);
    for (;;) {
        int count = epoll_wait(poller, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;
            if (client == NULL) {
                welcome(poller, listener);
            } else if (!serve(client)) {
                close(client->socket);
                free(client);
            }
        }
    }
}
