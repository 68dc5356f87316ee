// Counts a program's allocations, from outside: preloaded (LD_PRELOAD), it writes to the file ALLOCATIONS names, which can be
// read at any time. The file is rows of four numbers of eight bytes, a row a thread that ever allocated: allocations, bytes
// asked for, and of both what libcurl asked for itself. Their sums before and after are what was in between. The numbers have
// no lock: each thread has its own row; only threads beyond the last row share one.
// A realloc is an allocation of its new size; what is freed is not counted.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Where glibc keeps the functions that are replaced here.
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);

enum { ROWS = 4096 };
typedef struct { uint64_t allocations, bytes, curl_allocations, curl_bytes; } row;
static row early, *rows; // what is allocated before the file is open is of no interest
static atomic_int taken;
static __thread row *mine __attribute__((tls_model("initial-exec")));
static uintptr_t curl_begin, curl_end;

static void count(size_t size, void *caller){
  row *r = mine;
  if (!r) {
    if (!rows) r = &early;
    else { int i = atomic_fetch_add(&taken,1); r = mine = rows + (i<ROWS ? i : ROWS-1); }
  }
  r->allocations++; r->bytes += size;
  if ((uintptr_t)caller-curl_begin < curl_end-curl_begin) { r->curl_allocations++; r->curl_bytes += size; }
}
#define COUNT(size) count(size,__builtin_return_address(0))

void *malloc(size_t n){ COUNT(n); return __libc_malloc(n); }
void *calloc(size_t k, size_t n){ COUNT(k*n); return __libc_calloc(k,n); }
void *realloc(void *p, size_t n){ COUNT(n); return __libc_realloc(p,n); }
void *memalign(size_t a, size_t n){ COUNT(n); return __libc_memalign(a,n); }
void *aligned_alloc(size_t a, size_t n){ COUNT(n); return __libc_memalign(a,n); }
int posix_memalign(void **p, size_t a, size_t n){
  COUNT(n);
  if (a%sizeof(void*) || !a || (a&(a-1))) return EINVAL;
  void *q = __libc_memalign(a,n);
  if (!q) return ENOMEM;
  *p = q;
  return 0;
}
// So that the copies libcurl makes are known as its own.
char *strdup(const char *s){ size_t n = strlen(s)+1; COUNT(n); char *p = __libc_malloc(n); return p ? memcpy(p,s,n) : p; }

static int find_curl(struct dl_phdr_info *d, size_t size, void *x){
  (void)size; (void)x;
  if (!d->dlpi_name || !strstr(d->dlpi_name,"/libcurl")) return 0;
  for (int i=0;i<d->dlpi_phnum;i++) if (d->dlpi_phdr[i].p_type==PT_LOAD && d->dlpi_phdr[i].p_flags&PF_X) {
    curl_begin = d->dlpi_addr+d->dlpi_phdr[i].p_vaddr; curl_end = curl_begin+d->dlpi_phdr[i].p_memsz;
  }
  return 1;
}
__attribute__((constructor)) static void open_file(void){
  const char *path = getenv("ALLOCATIONS");
  int f = path ? open(path,O_RDWR|O_CREAT|O_TRUNC|O_CLOEXEC,0600) : -1;
  if (f<0 || ftruncate(f,ROWS*sizeof(row))) _exit(70);
  void *m = mmap(NULL,ROWS*sizeof(row),PROT_READ|PROT_WRITE,MAP_SHARED,f,0);
  if (m==MAP_FAILED) _exit(70);
  close(f);
  dl_iterate_phdr(find_curl,NULL);
  rows = m;
}
