/* Memory trim: gives back what only the start of a long-running program has needed. */
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

/* Whether code was written to when it was loaded: it would be gone. */
static int is_patched(const struct dl_phdr_info *object)
{
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    const ElfW(Dyn) * entry;

    if (part->p_type != PT_DYNAMIC)
      continue;
    for (entry = (const ElfW(Dyn) *)(object->dlpi_addr + part->p_vaddr); entry->d_tag != DT_NULL; entry++)
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
        return 1;
    return 0;
  }
  return 1; /* not that we could tell */
}

/* The whole pages of an object's code and constants: what is still used is mapped again from the cache of its file. */
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

/* trim(): what is free goes back to the system, and so do the pages of libraries that are mapped for having been passed
 * by once: loading maps whole neighbourhoods of what it reads. */
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
