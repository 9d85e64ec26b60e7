/* Memory trim: releases memory that a long-running program needed only at its start. */
#include "system.h"

#include <stdint.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__linux__)
#include <link.h>
#include <sys/mman.h>
#endif

#if defined(__linux__)

/* Whether the loader has modified the code of an object: its pages cannot be read again from the
 * file. */
static int is_patched(const struct dl_phdr_info *object)
{
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    const ElfW(Dyn) * entry;

    if (part->p_type != PT_DYNAMIC)
      continue;
    for (entry = (const ElfW(Dyn) *)(object->dlpi_addr + part->p_vaddr); entry->d_tag != DT_NULL;
         entry++)
      if (entry->d_tag == DT_TEXTREL ||
          (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
        return 1;
    return 0;
  }
  return 1; /* unknown: assumes that it was modified */
}

/* Releases the whole pages of an object's code and constants. Pages in use are mapped again from
 * the file's cache. */
static int let_go(struct dl_phdr_info *object, size_t size, void *data)
{
  uintptr_t page = *(const uintptr_t *)data;

  (void)size;
  if (is_patched(object))
    return 0;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    uintptr_t start = (object->dlpi_addr + part->p_vaddr + page - 1) & ~(page - 1);
    uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_filesz) & ~(page - 1);

    if (part->p_type == PT_LOAD && !(part->p_flags & PF_W) && end > start)
      madvise((void *)start, end - start, MADV_DONTNEED); /* NOLINT(performance-no-int-to-ptr) */
  }
  return 0;
}

#endif

/* trim(): returns free memory to the system, and releases the pages of libraries. The kernel
 * maps pages around each page that is read, so most of them were mapped without being used. */
int hy_sys_trim(lua_State *L)
{
  (void)L;
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
#if defined(__linux__)
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  dl_iterate_phdr(let_go, &page);
#endif
  return 0;
}
