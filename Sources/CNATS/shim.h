#pragma once
#include <nats/nats.h>

// The library exports these and declares them in none of the headers that are installed (nats.c, src/conn.h and src/msg.h).

// The filter is called for each message that has a subscription, on the thread that reads the socket, before the message
// goes into the subscription's list. A message that it takes (`*message = NULL`) is its own to free.
typedef void (*natsMessageFilter)(natsConnection *connection, natsMsg **message, void *closure);
void natsConn_setFilterWithClosure(natsConnection *connection, natsMessageFilter filter, void *closure);

// Frees a message at once. natsMsg_Destroy() wakes a thread of the library for it.
void natsMsg_free(void *message);
