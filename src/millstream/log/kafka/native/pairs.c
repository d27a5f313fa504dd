/* Very many keys and values, kept together and given back in the order of their keys: the newest of each key.
 *
 * A changelog is put into a store in large pieces. As Python's objects a piece is a cache miss for whatever is asked of a record; here it is
 * one stretch of memory, and an index that is sorted.
 */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of a record's key and value. `value` is -1 where there is none: the key was deleted. */
typedef struct {
    uint32_t key;
    int32_t value;
} sizes;

/* `head`: eight bytes of the key, behind what all keys begin with. Records that came later have a greater place. */
typedef struct {
    uint64_t head;
    size_t at;
} entry;

typedef struct {
    PyObject_HEAD
    char *room;
    size_t used, size;
    entry *index;
    size_t count, places;
    uint32_t longest;
    int sorted;
} Pairs;

typedef struct {
    PyObject_HEAD
    Pairs *of;
    PyObject *prefix;
    size_t next;
} Items;

static sizes sizes_at(const Pairs *self, size_t at) {
    sizes found;
    memcpy(&found, self->room + at, sizeof found);
    return found;
}

static const char *key_at(const Pairs *self, size_t at) {
    return self->room + at + sizeof(sizes);
}

static void pairs_dealloc(Pairs *self) {
    PyMem_RawFree(self->room);
    PyMem_RawFree(self->index);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* Room for one more record. */
static int grown(Pairs *self, size_t more) {
    if (self->used + more > self->size) {
        size_t size = self->size + self->size / 2 + more + 65536;
        char *room = PyMem_RawRealloc(self->room, size);
        if (room == NULL) return 0;
        self->room = room;
        self->size = size;
    }
    if (self->count == self->places) {
        size_t places = self->places + self->places / 2 + 4096;
        entry *index = PyMem_RawRealloc(self->index, places * sizeof *index);
        if (index == NULL) return 0;
        self->index = index;
        self->places = places;
    }
    return 1;
}

/* add(keys, values): records in their order; those without a key are left out. */
static PyObject *pairs_add(Pairs *self, PyObject *args) {
    PyObject *keys, *values;
    if (!PyArg_ParseTuple(args, "O!O!", &PyList_Type, &keys, &PyList_Type, &values)) return NULL;
    if (self->sorted || PyList_GET_SIZE(keys) != PyList_GET_SIZE(values)) {
        PyErr_SetString(PyExc_ValueError, "the lists differ in length, or items were asked for already");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i), *value = PyList_GET_ITEM(values, i);
        if (key == Py_None) continue;
        if (!PyBytes_Check(key) || (value != Py_None && !PyBytes_Check(value))) {
            PyErr_SetString(PyExc_TypeError, "expected bytes or None");
            return NULL;
        }
        size_t length = value == Py_None ? 0 : (size_t)PyBytes_GET_SIZE(value);
        if (PyBytes_GET_SIZE(key) > INT32_MAX || length > INT32_MAX) {
            PyErr_SetString(PyExc_OverflowError, "a key or value of 2 GB");
            return NULL;
        }
        sizes of = {(uint32_t)PyBytes_GET_SIZE(key), value == Py_None ? -1 : (int32_t)length};
        if (!grown(self, sizeof of + of.key + length)) return PyErr_NoMemory();
        char *to = self->room + self->used;
        memcpy(to, &of, sizeof of);
        memcpy(to + sizeof of, PyBytes_AS_STRING(key), of.key);
        if (length > 0) memcpy(to + sizeof of + of.key, PyBytes_AS_STRING(value), length);
        self->index[self->count++].at = self->used;
        self->used += sizeof of + of.key + length;
        if (of.key > self->longest) self->longest = of.key;
    }
    Py_RETURN_NONE;
}

/* Keys in byte order, the newest record of a key first. */
static int compared(const void *left, const void *right, void *pairs) {
    const entry *a = left, *b = right;
    if (a->head != b->head) return a->head < b->head ? -1 : 1;
    const Pairs *self = pairs;
    uint32_t one = sizes_at(self, a->at).key, other = sizes_at(self, b->at).key;
    int found = memcmp(key_at(self, a->at), key_at(self, b->at), one < other ? one : other);
    if (found == 0) found = (one > other) - (one < other);
    if (found == 0) found = a->at > b->at ? -1 : 1;
    return found;
}

static int same_key(const Pairs *self, size_t left, size_t right) {
    uint32_t size = sizes_at(self, left).key;
    return size == sizes_at(self, right).key && memcmp(key_at(self, left), key_at(self, right), size) == 0;
}

/* How many bytes all keys begin with. */
static size_t common(const Pairs *self) {
    const char *first = key_at(self, self->index[0].at);
    size_t same = sizes_at(self, self->index[0].at).key;
    for (size_t i = 1; i < self->count && same > 0; i++) {
        const char *key = key_at(self, self->index[i].at);
        size_t length = sizes_at(self, self->index[i].at).key, at = 0;
        if (length < same) same = length;
        while (at < same && key[at] == first[at]) at++;
        same = at;
    }
    return same;
}

static void sort(Pairs *self) {
    size_t same = common(self), kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        size_t at = self->index[i].at, length = sizes_at(self, at).key;
        const unsigned char *key = (const unsigned char *)key_at(self, at);
        uint64_t head = 0;
        for (size_t b = same; b < same + 8; b++) head = head << 8 | (b < length ? key[b] : 0);
        self->index[i].head = head;
    }
    qsort_r(self->index, self->count, sizeof *self->index, compared, self);
    for (size_t i = 0; i < self->count; i++) {
        if (kept == 0 || !same_key(self, self->index[kept - 1].at, self->index[i].at)) self->index[kept++] = self->index[i];
    }
    self->count = kept;
}

static void sort_once(Pairs *self) {
    if (self->sorted) return;
    self->sorted = 1; /* from here on nothing is added: other threads may run meanwhile */
    if (self->count == 0) return;
    Py_BEGIN_ALLOW_THREADS
    sort(self);
    Py_END_ALLOW_THREADS
}

/* deleted(): keys whose newest record has no value, in order. */
static PyObject *pairs_deleted(Pairs *self, PyObject *nothing) {
    sort_once(self);
    PyObject *found = PyList_New(0);
    for (size_t i = 0; found != NULL && i < self->count; i++) {
        sizes of = sizes_at(self, self->index[i].at);
        if (of.value >= 0) continue;
        PyObject *key = PyBytes_FromStringAndSize(key_at(self, self->index[i].at), of.key);
        if (key == NULL || PyList_Append(found, key) != 0) Py_CLEAR(found);
        Py_XDECREF(key);
    }
    return found;
}

static PyTypeObject ItemsType;

/* items(prefix): (prefix + key, newest value) of all keys that have one, in order. */
static PyObject *pairs_items(Pairs *self, PyObject *prefix) {
    if (!PyBytes_Check(prefix)) return PyErr_Format(PyExc_TypeError, "expected bytes");
    sort_once(self);
    Items *made = PyObject_New(Items, &ItemsType);
    if (made == NULL) return NULL;
    made->of = (Pairs *)Py_NewRef(self);
    made->prefix = Py_NewRef(prefix);
    made->next = 0;
    return (PyObject *)made;
}

static void items_dealloc(Items *self) {
    Py_DECREF(self->of);
    Py_DECREF(self->prefix);
    PyObject_Free(self);
}

static PyObject *items_next(Items *self) {
    const Pairs *of = self->of;
    for (; self->next < of->count; self->next++) {
        size_t at = of->index[self->next].at;
        sizes size = sizes_at(of, at);
        if (size.value < 0) continue;
        if (self->next + 16 < of->count) __builtin_prefetch(of->room + of->index[self->next + 16].at);
        Py_ssize_t front = PyBytes_GET_SIZE(self->prefix);
        PyObject *key = PyBytes_FromStringAndSize(NULL, front + (Py_ssize_t)size.key);
        PyObject *value = PyBytes_FromStringAndSize(key_at(of, at) + size.key, size.value);
        PyObject *item = key == NULL || value == NULL ? NULL : PyTuple_New(2);
        if (item == NULL) {
            Py_XDECREF(key);
            Py_XDECREF(value);
            return NULL;
        }
        memcpy(PyBytes_AS_STRING(key), PyBytes_AS_STRING(self->prefix), (size_t)front);
        memcpy(PyBytes_AS_STRING(key) + front, key_at(of, at), size.key);
        PyTuple_SET_ITEM(item, 0, key);
        PyTuple_SET_ITEM(item, 1, value);
        self->next++;
        return item;
    }
    return NULL;
}

static PyObject *pairs_longest(Pairs *self, void *nothing) {
    return PyLong_FromUnsignedLong(self->longest);
}

static PyObject *pairs_used(Pairs *self, void *nothing) {
    return PyLong_FromSize_t(self->used + self->count * sizeof(entry));
}

static PyMethodDef PAIRS_METHODS[] = {
    {"add", (PyCFunction)pairs_add, METH_VARARGS, "add(keys, values): records in their order"},
    {"deleted", (PyCFunction)pairs_deleted, METH_NOARGS, "keys whose newest record has no value, in order"},
    {"items", (PyCFunction)pairs_items, METH_O, "items(prefix): (prefix + key, newest value) in order"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef PAIRS_VALUES[] = {
    {"longest", (getter)pairs_longest, NULL, "bytes of the longest key", NULL},
    {"used", (getter)pairs_used, NULL, "bytes of memory that the records take", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyTypeObject PairsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "millstream.log.kafka.native._pairs.Pairs",
    .tp_basicsize = sizeof(Pairs),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Keys and values, given back in the order of their keys",
    .tp_new = PyType_GenericNew,
    .tp_dealloc = (destructor)pairs_dealloc,
    .tp_methods = PAIRS_METHODS,
    .tp_getset = PAIRS_VALUES,
};

static PyTypeObject ItemsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "millstream.log.kafka.native._pairs.Items",
    .tp_basicsize = sizeof(Items),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = (destructor)items_dealloc,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)items_next,
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "_pairs", "Keys and values in order.", -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__pairs(void) {
    if (PyType_Ready(&PairsType) < 0 || PyType_Ready(&ItemsType) < 0) return NULL;
    PyObject *module = PyModule_Create(&MODULE);
    if (module != NULL && PyModule_AddObjectRef(module, "Pairs", (PyObject *)&PairsType) < 0) Py_CLEAR(module);
    return module;
}
