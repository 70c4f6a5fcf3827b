/* The yardstick of `bench.py fanout`: the least that an announcement to everybody can cost.
 *
 * Accepts CONNECTIONS connections (the first argument), then one more, from which every byte that
 * comes is a wish: the message (BYTES of it, the second argument) is written to all others, one
 * `write` each. Prints where it listens as the benchmark expects it. Linux, no dependencies.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int accept_one(int listener) {
    int one = 1, socket = accept(listener, NULL, NULL);
    if (socket < 0) { perror("accept"); exit(1); }
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return socket;
}

int main(int count, char **arguments) {
    if (count != 3) { fprintf(stderr, "usage: CONNECTIONS BYTES\n"); return 2; }
    int connections = atoi(arguments[1]), bytes = atoi(arguments[2]);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    /* A whole websocket frame of a server, as the load generator takes it apart. */
    char *frame = malloc(bytes);
    memset(frame, ' ', bytes);
    frame[0] = (char)0x81;
    frame[1] = 126;
    frame[2] = (char)((bytes - 4) >> 8);
    frame[3] = (char)((bytes - 4) & 255);
    memcpy(frame + 4, "{\"t\":\"announcement\"", 19);

    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) { perror("bind"); return 1; }
    listen(listener, 4096);
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("The yardstick listens on http://127.0.0.1:%d/\n", ntohs(address.sin_port));
    fflush(stdout);

    int *sockets = malloc(sizeof(int) * connections);
    for (int i = 0; i < connections; i++) sockets[i] = accept_one(listener);
    int wishes = accept_one(listener);
    char wish;
    while (read(wishes, &wish, 1) == 1)
        for (int i = 0; i < connections; i++)
            if (write(sockets[i], frame, bytes) != bytes) { perror("write"); return 1; }
    return 0;
}
