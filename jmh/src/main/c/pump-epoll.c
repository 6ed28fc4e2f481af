/*
 * Copies bytes between clients and a server, with edge-triggered epoll on one thread, and knows
 * nothing of HTTP: what a proxy over epoll can't be below.
 */
#define _GNU_SOURCE
#include "pump.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

enum { EVENTS = 512, CHUNK = 64 * 1024 };

/* One connection of the two; what waits was read here and is to be written there. */
struct side {
  int fd;
  struct pair *pair;
  struct side *other;
  char *waiting; /* NULL unless the other side took too little */
  size_t from, to;
  int ended;
};

struct pair {
  struct side client, server;
  int closed;
  struct pair *next_closed;
};

static int poll_fd;
static int pairs;
static struct pair *closed_pairs;
static char chunk[CHUNK];

/* Freed only when no event of this turn may speak of it. */
static void close_pair(struct pair *pair) {
  if (!pair->closed) {
    pair->closed = 1;
    close(pair->client.fd);
    close(pair->server.fd);
    pair->next_closed = closed_pairs;
    closed_pairs = pair;
  }
}

static void free_closed(void) {
  while (closed_pairs != NULL) {
    struct pair *pair = closed_pairs;
    closed_pairs = pair->next_closed;
    free(pair->client.waiting);
    free(pair->server.waiting);
    free(pair);
    pairs--;
  }
}

/* Returns how many bytes were taken, or -1 when the pair is lost. */
static ssize_t put(struct side *to, const char *bytes, size_t count) {
  ssize_t sent = send(to->fd, bytes, count, MSG_NOSIGNAL);
  /* A connection that isn't made yet takes nothing, and tells of it when it does. */
  return sent >= 0 ? sent : errno == EAGAIN ? 0 : -1;
}

/* Whether nothing waits any more; closes the pair on an error. */
static int put_waiting(struct side *side) {
  ssize_t sent = put(side->other, side->waiting + side->from, side->to - side->from);
  if (sent < 0) {
    close_pair(side->pair);
    return 0;
  }
  side->from += (size_t)sent;
  if (side->from < side->to) {
    return 0;
  }
  free(side->waiting);
  side->waiting = NULL;
  return 1;
}

static void ended(struct side *side) {
  side->ended = 1;
  /* Neither has anything waiting then, or its end wouldn't have been read. */
  if (side->other->ended) {
    close_pair(side->pair);
  } else {
    shutdown(side->other->fd, SHUT_WR);
  }
}

/* Reads from one side until there is nothing, and writes to the other. */
static void pump(struct side *side, uint32_t events) {
  if (side->waiting != NULL && !put_waiting(side)) {
    return;
  }
  while (!side->ended && !side->pair->closed) {
    ssize_t got = recv(side->fd, chunk, CHUNK, 0);
    if (got == 0) {
      ended(side);
      return;
    }
    if (got < 0) {
      if (errno != EAGAIN) {
        close_pair(side->pair);
      }
      return;
    }
    ssize_t sent = put(side->other, chunk, (size_t)got);
    if (sent < 0) {
      close_pair(side->pair);
      return;
    }
    if (sent < got) {
      side->from = 0;
      side->to = (size_t)(got - sent);
      side->waiting = malloc(side->to);
      memcpy(side->waiting, chunk + sent, side->to);
      return;
    }
    /* A short read was all there was, and what comes from now on is another edge. */
    if (got < CHUNK && !(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) {
      return;
    }
  }
}

static int watch(struct side *side) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
  event.data.ptr = side;
  return epoll_ctl(poll_fd, EPOLL_CTL_ADD, side->fd, &event);
}

static void connect_client(int fd) {
  struct pair *pair = calloc(1, sizeof *pair);
  struct side *client = &pair->client, *server = &pair->server;
  int server_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  *client = (struct side){.fd = fd, .pair = pair, .other = server};
  *server = (struct side){.fd = server_fd, .pair = pair, .other = client};
  pairs++;
  no_delay(fd);
  no_delay(server_fd);
  int made = connect(server_fd, (struct sockaddr *)&upstream, sizeof upstream);
  if (pairs > CONNECTIONS_MAX || (made < 0 && errno != EINPROGRESS) || watch(client) < 0 ||
      watch(server) < 0) {
    close_pair(pair);
  }
}

int main(int count, char **arguments) {
  int listener = start(count, arguments, SOCK_NONBLOCK);
  poll_fd = epoll_create1(0);
  struct epoll_event accepting = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &accepting) < 0) {
    end("epoll_ctl");
  }
  struct epoll_event events[EVENTS];
  while (1) {
    int ready = epoll_wait(poll_fd, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      struct side *side = events[i].data.ptr;
      uint32_t what = events[i].events;
      if (side == NULL) {
        int fd;
        while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          connect_client(fd);
        }
      } else {
        if (!side->pair->closed && (what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) {
          pump(side, what);
        }
        /* There may be room for what waits, and what wasn't read because of it has no edge. */
        if (!side->pair->closed && (what & EPOLLOUT) && side->other->waiting != NULL) {
          pump(side->other, EPOLLRDHUP);
        }
      }
    }
    free_closed();
  }
}
