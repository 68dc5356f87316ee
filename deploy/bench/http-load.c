// The load for deploy/bench/gateway: a closed loop of POST /v1/chat/completions on so many kept connections, one thread.
//   http-load HOST PORT CONNECTIONS SECONDS [MODEL [KEY [stream]]]
// Prints one JSON object: responses, errors (another status than 200, or a connection that broke), rps, p50_ms, p99_ms.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

struct slot {
    int fd;
    double begin;
    size_t have;
    char buffer[65536];
};

static char request[4096];
static size_t request_length;
static struct sockaddr_in address;
static int poll_fd;
static long responses, errors;
static float *latencies;
static size_t capacity;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void ask(struct slot *slot) {
    slot->have = 0;
    slot->begin = now();
    // A request fits into an empty socket buffer.
    if (write(slot->fd, request, request_length) != (ssize_t)request_length) errors++;
}

static void open_slot(struct slot *slot) {
    slot->fd = socket(AF_INET, SOCK_STREAM, 0);
    int yes = 1;
    setsockopt(slot->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(slot->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("connect");
        exit(1);
    }
    fcntl(slot->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = slot};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, slot->fd, &event);
    ask(slot);
}

// Whether the whole answer is there.
static int is_whole(struct slot *slot) {
    slot->buffer[slot->have] = 0;
    char *end = strstr(slot->buffer, "\r\n\r\n");
    if (!end) return 0;
    char *length = strcasestr(slot->buffer, "\r\ncontent-length:");
    if (length && length < end) return slot->have >= (size_t)(end + 4 - slot->buffer) + strtoul(length + 17, 0, 10);
    return slot->have > 5 && !memcmp(slot->buffer + slot->have - 5, "0\r\n\r\n", 5);
}

static int compare(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

int main(int count, char **words) {
    if (count < 5) return 64;
    int connections = atoi(words[3]);
    double seconds = atof(words[4]);
    const char *model = count > 5 ? words[5] : "default", *key = count > 6 ? words[6] : "any";
    address.sin_family = AF_INET;
    address.sin_port = htons(atoi(words[2]));
    inet_pton(AF_INET, words[1], &address.sin_addr);
    char body[1024];
    int body_length = snprintf(
        body, sizeof body, "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"What jumps over the dog?\"}]%s}",
        model, count > 7 ? ",\"stream\":true" : "");
    request_length = snprintf(
        request, sizeof request,
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", key, body_length, body);
    poll_fd = epoll_create1(0);
    struct slot *slots = calloc(connections, sizeof *slots);
    double begin = now(), end = begin + seconds;
    for (int i = 0; i < connections; i++) open_slot(&slots[i]);
    struct epoll_event events[256];
    while (now() < end) {
        int ready = epoll_wait(poll_fd, events, 256, 100);
        for (int i = 0; i < ready; i++) {
            struct slot *slot = events[i].data.ptr;
            ssize_t got = read(slot->fd, slot->buffer + slot->have, sizeof slot->buffer - 1 - slot->have);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) {
                errors++;
                close(slot->fd);
                open_slot(slot);
                continue;
            }
            slot->have += got;
            if (!is_whole(slot)) continue;
            if (strncmp(slot->buffer, "HTTP/1.1 200", 12)) {
                if (!errors++) fprintf(stderr, "%.600s\n", slot->buffer);
            } else {
                if ((size_t)responses == capacity)
                    latencies = realloc(latencies, (capacity = capacity ? capacity * 2 : 65536) * sizeof *latencies);
                latencies[responses++] = (now() - slot->begin) * 1000;
            }
            ask(slot);
        }
    }
    double took = now() - begin;
    qsort(latencies, responses, sizeof *latencies, compare);
    printf(
        "{\"responses\":%ld,\"errors\":%ld,\"rps\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", responses, errors,
        responses / took, responses ? latencies[responses / 2] : 0, responses ? latencies[responses * 99 / 100] : 0);
}
