/* What both pumps are made of before the first byte: arguments, descriptors, sockets. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 10000, BACKLOG = 4096 };

static struct sockaddr_in upstream;

static void end(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in address_of(const char *ip, const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  if (inet_pton(AF_INET, ip, &address.sin_addr) != 1) {
    fprintf(stderr, "%s is no IPv4 address\n", ip);
    exit(1);
  }
  return address;
}

/* Each connection's own: bytes must not wait for others. */
static void no_delay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* A listening socket on loopback; the arguments are its port, and where bytes are pumped to. */
static int start(int count, char **arguments, int socket_flags) {
  if (count != 4) {
    fprintf(stderr, "usage: %s PORT UPSTREAM_ADDRESS UPSTREAM_PORT\n", arguments[0]);
    exit(1);
  }
  upstream = address_of(arguments[2], arguments[3]);
  struct sockaddr_in here = address_of("127.0.0.1", arguments[1]);
  struct rlimit descriptors;
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  int one = 1;
  int listener = socket(AF_INET, SOCK_STREAM | socket_flags, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&here, sizeof here) < 0) {
    end("bind");
  }
  if (listen(listener, BACKLOG) < 0) {
    end("listen");
  }
  return listener;
}
