/* Lists of keys, values and timestamps to and from librdkafka, without an object for each message.
 *
 * Works on the clients that confluent-kafka's objects own, through the library that they have loaded already; what is declared here of
 * librdkafka's interface is the part that is used. Only queues of partitions are read here, as events, and reports of delivery are left
 * alone: so no callback ever runs that confluent-kafka would expect to have been called from its own functions, which it
 * aborts the process for. Configuration, admin requests and the steps of transactions stay with confluent-kafka.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* ------------------------------------------------------------------------------------------------ librdkafka's interface */

typedef struct client client;
typedef struct queue queue;
typedef struct topic topic;
typedef struct headers headers;
typedef struct fault fault;
typedef struct event event;

/* How a place begins; what follows is not read. */
typedef struct {
    char *topic;
    int32_t partition;
    int64_t offset;
} place;

typedef struct {
    int error;
    topic *of;
    int32_t partition;
    void *value;
    size_t value_size;
    void *key;
    size_t key_size;
    int64_t offset;
    void *opaque;
} message;

enum { BY_TOPIC = 2, PARTITION = 3, VALUE = 4, KEY = 5, FLAGS = 7, TIMESTAMP = 8, HEADERS = 10 };
enum { COPY = 2, QUEUE_FULL = -184 };
enum { FETCHED = 2, FAILED = 8 };

typedef struct {
    int kind;
    union {
        topic *of;
        int flags;
        int32_t partition;
        int64_t stamp;
        struct {
            const void *at;
            size_t size;
        } bytes;
        headers *headers;
        char room[64];
    } is;
} part;

static struct {
    void *(*opaque)(const client *);
    void (*queue_destroy)(queue *);
    queue *(*queue_of_partition)(client *, const char *, int32_t);
    void (*queue_forward)(queue *, queue *);
    void (*queue_ring)(queue *, int, const void *, size_t);
    event *(*poll)(queue *, int);
    int (*event_kind)(const event *);
    message *(*event_message)(event *);
    int (*event_error)(event *);
    const char *(*event_error_text)(event *);
    place *(*event_place)(event *);
    void (*place_destroy)(place *);
    void (*event_destroy)(event *);
    int64_t (*message_timestamp)(const message *, int *);
    int (*message_headers)(const message *, headers **);
    const char *(*topic_name)(const topic *);
    topic *(*topic_new)(client *, const char *, void *);
    void (*topic_destroy)(topic *);
    fault *(*produce)(client *, const part *, size_t);
    int (*fault_code)(const fault *);
    const char *(*fault_text)(const fault *);
    void (*fault_destroy)(fault *);
    headers *(*headers_new)(size_t);
    void (*headers_destroy)(headers *);
    int (*header_add)(headers *, const char *, ssize_t, const void *, ssize_t);
    int (*header_at)(const headers *, size_t, const char **, const void **, size_t *);
} rd;

static const struct {
    const char *name;
    void **place;
} SYMBOLS[] = {
    {"rd_kafka_opaque", (void **)&rd.opaque},
    {"rd_kafka_queue_destroy", (void **)&rd.queue_destroy},
    {"rd_kafka_queue_get_partition", (void **)&rd.queue_of_partition},
    {"rd_kafka_queue_forward", (void **)&rd.queue_forward},
    {"rd_kafka_queue_io_event_enable", (void **)&rd.queue_ring},
    {"rd_kafka_queue_poll", (void **)&rd.poll},
    {"rd_kafka_event_type", (void **)&rd.event_kind},
    {"rd_kafka_event_message_next", (void **)&rd.event_message},
    {"rd_kafka_event_error", (void **)&rd.event_error},
    {"rd_kafka_event_error_string", (void **)&rd.event_error_text},
    {"rd_kafka_event_topic_partition", (void **)&rd.event_place},
    {"rd_kafka_topic_partition_destroy", (void **)&rd.place_destroy},
    {"rd_kafka_event_destroy", (void **)&rd.event_destroy},
    {"rd_kafka_message_timestamp", (void **)&rd.message_timestamp},
    {"rd_kafka_message_headers", (void **)&rd.message_headers},
    {"rd_kafka_topic_name", (void **)&rd.topic_name},
    {"rd_kafka_topic_new", (void **)&rd.topic_new},
    {"rd_kafka_topic_destroy", (void **)&rd.topic_destroy},
    {"rd_kafka_produceva", (void **)&rd.produce},
    {"rd_kafka_error_code", (void **)&rd.fault_code},
    {"rd_kafka_error_string", (void **)&rd.fault_text},
    {"rd_kafka_error_destroy", (void **)&rd.fault_destroy},
    {"rd_kafka_headers_new", (void **)&rd.headers_new},
    {"rd_kafka_headers_destroy", (void **)&rd.headers_destroy},
    {"rd_kafka_header_add", (void **)&rd.header_add},
    {"rd_kafka_header_get_all", (void **)&rd.header_at},
};

/* load(path): use this copy of librdkafka. Raises OSError where it is not what is expected. */
static PyObject *load(PyObject *self, PyObject *given) {
    const char *path = PyUnicode_AsUTF8(given);
    if (path == NULL) return NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return PyErr_Format(PyExc_OSError, "%s", dlerror());
    for (size_t i = 0; i < sizeof SYMBOLS / sizeof *SYMBOLS; i++) {
        *SYMBOLS[i].place = dlsym(library, SYMBOLS[i].name);
        if (*SYMBOLS[i].place == NULL) return PyErr_Format(PyExc_OSError, "%s has no %s", path, SYMBOLS[i].name);
    }
    Py_RETURN_NONE;
}

/* The client of one of confluent-kafka's objects: the first thing in it, and it points back at the object. */
static client *client_of(PyObject *object) {
    client *found = NULL;
    if (rd.opaque == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "load() comes first");
    } else if (Py_TYPE(object)->tp_basicsize < (Py_ssize_t)(sizeof(PyObject) + sizeof(void *))) {
        PyErr_Format(PyExc_TypeError, "%s is not a client", Py_TYPE(object)->tp_name);
    } else {
        memcpy(&found, (char *)object + sizeof(PyObject), sizeof found);
        if (found == NULL || rd.opaque(found) != (void *)object) {
            found = NULL;
            PyErr_Format(PyExc_TypeError, "%s is closed, or laid out in an unknown way", Py_TYPE(object)->tp_name);
        }
    }
    return found;
}

/* ------------------------------------------------------------------------------------------------ reading */

typedef struct {
    PyObject_HEAD
    PyObject *consumer;
    queue *arrived;
    event **events;
    message **room;
    Py_ssize_t size;
} Queue;

static PyObject *queue_close(Queue *self, PyObject *nothing) {
    if (self->arrived != NULL) {
        queue *gone = self->arrived;
        self->arrived = NULL;
        rd.queue_ring(gone, -1, NULL, 0);
        rd.queue_destroy(gone);
    }
    Py_CLEAR(self->consumer);
    Py_RETURN_NONE;
}

static void queue_dealloc(Queue *self) {
    Py_XDECREF(queue_close(self, NULL));
    PyMem_Free(self->events);
    PyMem_Free(self->room);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* Queue(consumer, topic, partition, bell): from now on what comes of a partition stays in its own queue, and rings the eventfd. */
static PyObject *queue_new(PyTypeObject *type, PyObject *args, PyObject *named) {
    static const uint64_t one = 1;
    PyObject *consumer;
    const char *name;
    int partition, bell;
    if (!PyArg_ParseTuple(args, "Osii", &consumer, &name, &partition, &bell)) return NULL;
    client *owner = client_of(consumer);
    if (owner == NULL) return NULL;
    queue *found = rd.queue_of_partition(owner, name, partition);
    if (found == NULL) return PyErr_Format(PyExc_ValueError, "there is no partition %d of %s", partition, name);
    Queue *self = (Queue *)type->tp_alloc(type, 0);
    if (self == NULL) {
        rd.queue_destroy(found);
        return NULL;
    }
    rd.queue_forward(found, NULL);
    rd.queue_ring(found, bell, &one, sizeof one);
    self->consumer = Py_NewRef(consumer);
    self->arrived = found;
    return (PyObject *)self;
}

static PyObject *bytes_or_none(const void *at, size_t size) {
    return at == NULL ? Py_NewRef(Py_None) : PyBytes_FromStringAndSize(at, (Py_ssize_t)size);
}

/* The headers of a message: a list of (name, bytes or None), or the empty tuple. *any is set where there are some. */
static PyObject *headers_of(const message *from, int *any) {
    headers *found;
    const char *name;
    const void *at;
    size_t size;
    if (rd.message_headers(from, &found) != 0) return PyTuple_New(0);
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && rd.header_at(found, i, &name, &at, &size) == 0; i++) {
        PyObject *item = Py_BuildValue("(sN)", name, bytes_or_none(at, size));
        if (item == NULL || PyList_Append(list, item) != 0) Py_CLEAR(list);
        Py_XDECREF(item);
        *any = 1;
    }
    return list;
}

/* (topic, partition, keys, values, timestamps, headers or None, offsets or the first one, bytes) of messages of one partition. */
static PyObject *run_of(message **from, Py_ssize_t count) {
    PyObject *keys = PyList_New(count), *values = PyList_New(count), *stamps = PyList_New(count), *heads = NULL, *offsets = NULL;
    size_t size = 0;
    int gaps = from[count - 1]->offset - from[0]->offset != count - 1;
    if (keys == NULL || values == NULL || stamps == NULL) goto failed;
    for (Py_ssize_t i = 0; i < count; i++) {
        const message *m = from[i];
        int kind;
        PyObject *key = bytes_or_none(m->key, m->key_size), *value = bytes_or_none(m->value, m->value_size);
        PyObject *stamp = PyLong_FromLongLong(rd.message_timestamp(m, &kind));
        if (key != NULL) PyList_SET_ITEM(keys, i, key);
        if (value != NULL) PyList_SET_ITEM(values, i, value);
        if (stamp != NULL) PyList_SET_ITEM(stamps, i, stamp);
        if (key == NULL || value == NULL || stamp == NULL) goto failed;
        size += m->key_size + m->value_size + 16;
        headers *some;
        if (heads == NULL && rd.message_headers(m, &some) == 0 && (heads = PyList_New(count)) == NULL) goto failed;
    }
    int any = 0;
    for (Py_ssize_t i = 0; heads != NULL && i < count; i++) {
        PyObject *found = headers_of(from[i], &any);
        if (found == NULL) goto failed;
        PyList_SET_ITEM(heads, i, found);
    }
    if (!any) {
        Py_XDECREF(heads);
        heads = Py_NewRef(Py_None);
    }
    if (gaps && (offsets = PyList_New(count)) == NULL) goto failed;
    for (Py_ssize_t i = 0; gaps && i < count; i++) {
        PyObject *offset = PyLong_FromLongLong(from[i]->offset);
        if (offset == NULL) goto failed;
        PyList_SET_ITEM(offsets, i, offset);
    }
    if (!gaps && (offsets = PyLong_FromLongLong(from[0]->offset)) == NULL) goto failed;
    return Py_BuildValue("(siNNNNNn)", rd.topic_name(from[0]->of), (int)from[0]->partition, keys, values, stamps, heads, offsets, (Py_ssize_t)size);
failed:
    Py_XDECREF(keys);
    Py_XDECREF(values);
    Py_XDECREF(stamps);
    Py_XDECREF(heads);
    Py_XDECREF(offsets);
    return NULL;
}

/* (topic or None, partition, code, text, offset) of an error. */
static PyObject *error_of(event *from) {
    place *where = rd.event_place(from);
    PyObject *told = Py_BuildValue("(ziizL)", where == NULL ? NULL : where->topic, where == NULL ? -1 : (int)where->partition,
                                   rd.event_error(from), rd.event_error_text(from), where == NULL ? -1LL : (long long)where->offset);
    if (where != NULL) rd.place_destroy(where);
    return told;
}

/* take(most, ms): what came, in order: runs of records, and errors, as tuples of 8 and of 5. Waits ms for the first message. */
static PyObject *queue_take(Queue *self, PyObject *args) {
    Py_ssize_t most;
    int ms;
    if (!PyArg_ParseTuple(args, "ni", &most, &ms)) return NULL;
    if (self->arrived == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the queue is closed");
        return NULL;
    }
    if (most > self->size) {
        event **events = PyMem_Realloc(self->events, (size_t)most * sizeof *events);
        if (events == NULL) return PyErr_NoMemory();
        self->events = events;
        message **room = PyMem_Realloc(self->room, (size_t)most * sizeof *room);
        if (room == NULL) return PyErr_NoMemory();
        self->room = room;
        self->size = most;
    }
    Py_ssize_t count = 0;
    queue *from = self->arrived;
    Py_BEGIN_ALLOW_THREADS
    /* As events: read as messages, some errors would be told by way of a callback. */
    for (event *one; count < most && (one = rd.poll(from, count == 0 ? ms : 0)) != NULL;) {
        int kind = rd.event_kind(one);
        message *found = kind == FETCHED ? rd.event_message(one) : NULL;
        if (found != NULL || kind == FAILED) {
            self->events[count] = one;
            self->room[count++] = found;
        } else {
            rd.event_destroy(one);
        }
    }
    Py_END_ALLOW_THREADS
    PyObject *runs = PyList_New(0);
    for (Py_ssize_t at = 0, end; runs != NULL && at < count; at = end) {
        const message *first = self->room[at];
        end = at + 1;
        while (first != NULL && end < count && self->room[end] != NULL) end++;
        PyObject *run = first == NULL ? error_of(self->events[at]) : run_of(self->room + at, end - at);
        if (run == NULL || PyList_Append(runs, run) != 0) Py_CLEAR(runs);
        Py_XDECREF(run);
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < count; i++) rd.event_destroy(self->events[i]);
    Py_END_ALLOW_THREADS
    return runs;
}

static PyMethodDef QUEUE_METHODS[] = {
    {"take", (PyCFunction)queue_take, METH_VARARGS, "take(most, ms): runs of records and errors, in order"},
    {"close", (PyCFunction)queue_close, METH_NOARGS, "to be called before the consumer and the bell are closed"},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject QueueType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "millstream.log.kafka.native._batches.Queue",
    .tp_basicsize = sizeof(Queue),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Queue(consumer, topic, partition, bell): what one of confluent-kafka's consumers fetches of a partition",
    .tp_new = queue_new,
    .tp_dealloc = (destructor)queue_dealloc,
    .tp_methods = QUEUE_METHODS,
};

/* ------------------------------------------------------------------------------------------------ writing */

enum { CHUNK = 1024 };

typedef struct {
    const void *key, *value;
    size_t key_size, value_size;
    int64_t stamp;
    headers *heads;
} record;

static int raw(PyObject *given, const void **at, size_t *size) {
    if (given == Py_None) {
        *at = NULL;
        *size = 0;
    } else if (PyBytes_Check(given)) {
        *at = PyBytes_AS_STRING(given);
        *size = (size_t)PyBytes_GET_SIZE(given);
    } else {
        PyErr_Format(PyExc_TypeError, "expected bytes or None, got %s", Py_TYPE(given)->tp_name);
        return 0;
    }
    return 1;
}

static int heads_of(PyObject *given, headers **out) {
    *out = NULL;
    PyObject *items = PySequence_Fast(given, "headers are sequences");
    if (items == NULL) return 0;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    headers *made = count > 0 ? rd.headers_new((size_t)count) : NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        const char *name;
        Py_ssize_t length;
        PyObject *value;
        const void *at;
        size_t size;
        if (!PyArg_ParseTuple(PySequence_Fast_GET_ITEM(items, i), "s#O", &name, &length, &value) || !raw(value, &at, &size)) {
            rd.headers_destroy(made);
            Py_DECREF(items);
            return 0;
        }
        rd.header_add(made, name, length, at, (ssize_t)size);
    }
    Py_DECREF(items);
    *out = made;
    return 1;
}

static fault *send_one(client *to, topic *of, int32_t partition, const record *it) {
    part parts[7] = {
        {.kind = BY_TOPIC, .is.of = of},
        {.kind = PARTITION, .is.partition = partition},
        {.kind = FLAGS, .is.flags = COPY},
        {.kind = KEY, .is.bytes = {it->key, it->key_size}},
        {.kind = VALUE, .is.bytes = {it->value, it->value_size}},
        {.kind = TIMESTAMP, .is.stamp = it->stamp},
    };
    size_t count = 6;
    if (it->heads != NULL) {
        parts[count].kind = HEADERS;
        parts[count++].is.headers = it->heads;
    }
    return rd.produce(to, parts, count);
}

/* produce(producer, topic, partition, keys, values, timestamps, headers or None, first, end): hand records first to end over, in order.
 *
 * Gives (next, code, text): where it stopped, and why: 0 where it came to the end. Nothing is reported of their delivery; a record that
 * cannot be delivered fails the transaction.
 */
static PyObject *produce(PyObject *self, PyObject *args) {
    PyObject *producer, *keys, *values, *stamps, *heads;
    const char *name;
    int partition;
    Py_ssize_t at, end;
    if (!PyArg_ParseTuple(args, "OsiO!O!O!Onn", &producer, &name, &partition, &PyList_Type, &keys, &PyList_Type, &values, &PyList_Type,
                          &stamps, &heads, &at, &end)) {
        return NULL;
    }
    client *to = client_of(producer);
    if (to == NULL) return NULL;
    if (at < 0 || end > PyList_GET_SIZE(keys) || end > PyList_GET_SIZE(values) || end > PyList_GET_SIZE(stamps)
        || (heads != Py_None && (!PyList_Check(heads) || end > PyList_GET_SIZE(heads)))) {
        PyErr_SetString(PyExc_IndexError, "the lists are shorter than they should be");
        return NULL;
    }
    topic *of = rd.topic_new(to, name, NULL);
    if (of == NULL) return PyErr_Format(PyExc_ValueError, "%s is no topic", name);
    fault *why = NULL;
    int good = 1;
    while (good && why == NULL && at < end) {
        record chunk[CHUNK];
        Py_ssize_t count = 0, sent = 0;
        for (; good && count < CHUNK && at + count < end; count += good) {
            record *it = &chunk[count];
            it->heads = NULL;
            it->stamp = PyLong_AsLongLong(PyList_GET_ITEM(stamps, at + count));
            good = !(it->stamp == -1 && PyErr_Occurred()) && raw(PyList_GET_ITEM(keys, at + count), &it->key, &it->key_size)
                   && raw(PyList_GET_ITEM(values, at + count), &it->value, &it->value_size)
                   && (heads == Py_None || heads_of(PyList_GET_ITEM(heads, at + count), &it->heads));
        }
        Py_BEGIN_ALLOW_THREADS
        while (sent < count && (why = send_one(to, of, (int32_t)partition, &chunk[sent])) == NULL) sent++;
        Py_END_ALLOW_THREADS
        for (Py_ssize_t left = sent; left < count; left++) {
            if (chunk[left].heads != NULL) rd.headers_destroy(chunk[left].heads);
        }
        at += sent;
    }
    rd.topic_destroy(of);
    if (!good) {
        if (why != NULL) rd.fault_destroy(why);
        return NULL;
    }
    PyObject *told = Py_BuildValue("(niz)", at, why == NULL ? 0 : rd.fault_code(why), why == NULL ? NULL : rd.fault_text(why));
    if (why != NULL) rd.fault_destroy(why);
    return told;
}

static PyMethodDef METHODS[] = {
    {"load", load, METH_O, "load(path): use this copy of librdkafka"},
    {"produce", produce, METH_VARARGS, "produce(producer, topic, partition, keys, values, timestamps, headers, first, end) -> (next, code, text)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "_batches", "Batches to and from librdkafka.", -1, METHODS, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__batches(void) {
    if (PyType_Ready(&QueueType) < 0) return NULL;
    PyObject *module = PyModule_Create(&MODULE);
    if (module == NULL) return NULL;
    if (PyModule_AddIntConstant(module, "QUEUE_FULL", QUEUE_FULL) < 0 || PyModule_AddObjectRef(module, "Queue", (PyObject *)&QueueType) < 0) {
        Py_CLEAR(module);
    }
    return module;
}
