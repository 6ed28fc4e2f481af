/*
 * Copies bytes between clients and a server, with io_uring on one thread, and knows nothing of
 * HTTP: what a proxy over io_uring can't be below. Sockets block, or requests that have to wait
 * would fail instead.
 */
#define _GNU_SOURCE
#include "pump.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { SUBMISSIONS = 1024, COMPLETIONS = 16384, BUFFERS = 256, BUFFER_BYTES = 64 * 1024 };
/* In the lowest bits of a submission's user data, above them a side's address. */
enum { ACCEPT, CONNECT, RECEIVE, SEND, OPERATION_MASK = 7 };

/* One connection of the two, and the buffers that were filled here and go there, in order. */
struct side {
  int fd;
  struct pair *pair;
  struct side *other;
  int first, last; /* of the buffers; -1 for none */
  int ended;
  struct side *next_starved;
};

struct pair {
  struct side client, server;
  int under_way; /* what the kernel, or the list of the starved, knows of it */
  int closed;
};

static struct {
  unsigned *sq_head, *sq_tail, sq_mask, *cq_head, *cq_tail, cq_mask, tail, unsubmitted;
  struct io_uring_sqe *sqes;
  struct io_uring_cqe *cqes;
  int fd;
} ring;

static struct io_uring_buf_ring *buffer_ring;
static char *buffers;
static struct {
  int bytes, next;
} filled[BUFFERS];
static int free_buffers;
static struct side *starved;
static int listener, pairs;

static void enter(unsigned until) {
  __atomic_store_n(ring.sq_tail, ring.tail, __ATOMIC_RELEASE);
  long taken = syscall(SYS_io_uring_enter, ring.fd, ring.unsubmitted, until,
                       IORING_ENTER_GETEVENTS, NULL, 0);
  if (taken < 0 && errno != EINTR && errno != EBUSY && errno != EAGAIN) {
    end("io_uring_enter");
  }
  ring.unsubmitted = ring.tail - __atomic_load_n(ring.sq_head, __ATOMIC_ACQUIRE);
}

static struct io_uring_sqe *submission(int operation, struct side *side, int code, int fd) {
  while (ring.unsubmitted > ring.sq_mask) {
    enter(0);
  }
  struct io_uring_sqe *sqe = &ring.sqes[ring.tail++ & ring.sq_mask];
  ring.unsubmitted++;
  memset(sqe, 0, sizeof *sqe);
  sqe->opcode = (uint8_t)operation;
  sqe->fd = fd;
  sqe->user_data = (uintptr_t)side | (unsigned)code;
  if (side != NULL) {
    side->pair->under_way++;
  }
  return sqe;
}

static void accept_all(void) {
  submission(IORING_OP_ACCEPT, NULL, ACCEPT, listener)->ioprio = IORING_ACCEPT_MULTISHOT;
}

static void receive(struct side *side) {
  struct io_uring_sqe *sqe = submission(IORING_OP_RECV, side, RECEIVE, side->fd);
  sqe->ioprio = IORING_RECV_MULTISHOT;
  sqe->flags = IOSQE_BUFFER_SELECT;
}

/* Sends the first of the buffers that were filled on this side. */
static void send_first(struct side *side) {
  struct io_uring_sqe *sqe = submission(IORING_OP_SEND, side, SEND, side->other->fd);
  sqe->addr = (uintptr_t)(buffers + (size_t)side->first * BUFFER_BYTES);
  sqe->len = (unsigned)filled[side->first].bytes;
  sqe->msg_flags = MSG_NOSIGNAL | MSG_WAITALL;
}

static void give_buffer(int id) {
  unsigned short tail = buffer_ring->tail;
  struct io_uring_buf *entry = &buffer_ring->bufs[tail & (BUFFERS - 1)];
  entry->addr = (uintptr_t)(buffers + (size_t)id * BUFFER_BYTES);
  entry->len = BUFFER_BYTES;
  entry->bid = (uint16_t)id;
  __atomic_store_n(&buffer_ring->tail, (unsigned short)(tail + 1), __ATOMIC_RELEASE);
  free_buffers++;
  if (starved != NULL) {
    struct side *side = starved;
    starved = side->next_starved;
    /* Counted on until it ends, which it does at once on a closed pair. */
    receive(side);
    side->pair->under_way--;
  }
}

/* Whatever is under way comes to an end by this. */
static void close_pair(struct pair *pair) {
  if (!pair->closed) {
    pair->closed = 1;
    shutdown(pair->client.fd, SHUT_RDWR);
    shutdown(pair->server.fd, SHUT_RDWR);
  }
}

static void free_if_over(struct pair *pair) {
  if (pair->closed && pair->under_way == 0) {
    close(pair->client.fd);
    close(pair->server.fd);
    free(pair);
    pairs--;
  }
}

static void forward_end(struct side *side) {
  if (side->ended && side->first < 0) {
    if (side->other->ended && side->other->first < 0) {
      close_pair(side->pair);
    } else {
      shutdown(side->other->fd, SHUT_WR);
    }
  }
}

static void accepted(int fd) {
  struct pair *pair = calloc(1, sizeof *pair);
  struct side *client = &pair->client, *server = &pair->server;
  int server_fd = socket(AF_INET, SOCK_STREAM, 0);
  *client = (struct side){.fd = fd, .pair = pair, .other = server, .first = -1};
  *server = (struct side){.fd = server_fd, .pair = pair, .other = client, .first = -1};
  no_delay(fd);
  no_delay(server_fd);
  if (++pairs > CONNECTIONS_MAX || server_fd < 0) {
    close_pair(pair);
    free_if_over(pair);
    return;
  }
  struct io_uring_sqe *sqe = submission(IORING_OP_CONNECT, server, CONNECT, server_fd);
  sqe->addr = (uintptr_t)&upstream;
  sqe->off = sizeof upstream;
}

static void received(struct side *side, int result, unsigned flags) {
  if (flags & IORING_CQE_F_BUFFER) {
    int id = (int)(flags >> IORING_CQE_BUFFER_SHIFT);
    free_buffers--;
    if (result <= 0 || side->pair->closed) {
      give_buffer(id);
    } else {
      filled[id].bytes = result;
      filled[id].next = -1;
      if (side->first < 0) {
        side->first = side->last = id;
        send_first(side);
      } else {
        side->last = filled[side->last].next = id;
      }
    }
  }
  if (result == 0) {
    side->ended = 1;
    forward_end(side);
  } else if (result == -ENOBUFS && free_buffers == 0) {
    side->next_starved = starved;
    starved = side;
    side->pair->under_way++;
  } else if (result < 0 && result != -ENOBUFS) {
    close_pair(side->pair);
  } else if (!(flags & IORING_CQE_F_MORE)) {
    receive(side);
  }
}

static void sent(struct side *side, int result) {
  int id = side->first;
  side->first = filled[id].next;
  if (result < filled[id].bytes) {
    close_pair(side->pair);
  }
  give_buffer(id);
  if (side->pair->closed) {
    while (side->first >= 0) {
      id = side->first;
      side->first = filled[id].next;
      give_buffer(id);
    }
  } else if (side->first >= 0) {
    send_first(side);
  } else {
    forward_end(side);
  }
}

static void completed(uint64_t user_data, int result, unsigned flags) {
  struct side *side = (struct side *)(uintptr_t)(user_data & ~(uint64_t)OPERATION_MASK);
  int more = (flags & IORING_CQE_F_MORE) != 0;
  switch (user_data & OPERATION_MASK) {
    case ACCEPT:
      if (result >= 0) {
        accepted(result);
      }
      if (!more) {
        accept_all();
      }
      return;
    case CONNECT:
      if (result < 0) {
        close_pair(side->pair);
      } else {
        receive(side);
        receive(side->other);
      }
      break;
    case RECEIVE:
      received(side, result, flags);
      break;
    case SEND:
      sent(side, result);
      break;
  }
  if (!more) {
    side->pair->under_way--;
    free_if_over(side->pair);
  }
}

static char *map(size_t bytes, int flags, int fd, off_t offset) {
  char *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, offset);
  if (mapped == MAP_FAILED) {
    end("mmap");
  }
  return mapped;
}

static void make_ring(void) {
  struct io_uring_params params = {
      .flags = IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
               IORING_SETUP_DEFER_TASKRUN,
      .cq_entries = COMPLETIONS};
  ring.fd = (int)syscall(SYS_io_uring_setup, SUBMISSIONS, &params);
  if (ring.fd < 0) {
    end("io_uring_setup");
  }
  size_t sq_bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
  size_t cq_bytes = params.cq_off.cqes + params.cq_entries * sizeof *ring.cqes;
  char *queues = map(sq_bytes > cq_bytes ? sq_bytes : cq_bytes, MAP_SHARED | MAP_POPULATE, ring.fd,
                     IORING_OFF_SQ_RING);
  ring.sqes = (void *)map(params.sq_entries * sizeof *ring.sqes, MAP_SHARED | MAP_POPULATE, ring.fd,
                          IORING_OFF_SQES);
  ring.cqes = (void *)(queues + params.cq_off.cqes);
  ring.sq_head = (unsigned *)(queues + params.sq_off.head);
  ring.sq_tail = (unsigned *)(queues + params.sq_off.tail);
  ring.sq_mask = *(unsigned *)(queues + params.sq_off.ring_mask);
  ring.cq_head = (unsigned *)(queues + params.cq_off.head);
  ring.cq_tail = (unsigned *)(queues + params.cq_off.tail);
  ring.cq_mask = *(unsigned *)(queues + params.cq_off.ring_mask);
  for (unsigned i = 0; i < params.sq_entries; i++) {
    ((unsigned *)(queues + params.sq_off.array))[i] = i;
  }
}

static void make_buffers(void) {
  int private = MAP_PRIVATE | MAP_ANONYMOUS;
  buffer_ring = (void *)map(BUFFERS * sizeof(struct io_uring_buf), private, -1, 0);
  buffers = map((size_t)BUFFERS * BUFFER_BYTES, private, -1, 0);
  struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)buffer_ring,
                                          .ring_entries = BUFFERS};
  if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PBUF_RING, &registration, 1) < 0) {
    end("io_uring_register");
  }
  for (int id = 0; id < BUFFERS; id++) {
    give_buffer(id);
  }
}

int main(int count, char **arguments) {
  listener = start(count, arguments, 0);
  make_ring();
  make_buffers();
  accept_all();
  while (1) {
    enter(1);
    unsigned head = *ring.cq_head;
    while (head != __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE)) {
      const struct io_uring_cqe *cqe = &ring.cqes[head & ring.cq_mask];
      uint64_t user_data = cqe->user_data;
      int result = cqe->res;
      unsigned flags = cqe->flags;
      __atomic_store_n(ring.cq_head, ++head, __ATOMIC_RELEASE);
      completed(user_data, result, flags);
    }
  }
}
