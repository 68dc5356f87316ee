#pragma once
#include <nats/nats.h>

// The library exports this and declares it in none of its headers that are installed (nats.c, src/conn.h): the filter is
// called for each message that has a subscription, on the thread that reads the socket, before the message goes into the
// subscription's list. A message that it takes (`*message = NULL`) is its own to destroy.
typedef void (*natsMessageFilter)(natsConnection *connection, natsMsg **message, void *closure);
void natsConn_setFilterWithClosure(natsConnection *connection, natsMessageFilter filter, void *closure);
