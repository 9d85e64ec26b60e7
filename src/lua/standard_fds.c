/* Standard descriptors of a process that was started without them, as by `2>&-` in a shell. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core_loop.h"

/* Otherwise a socket could get one of these numbers, and printed text would be written to it. */
void hy_hold_standard(void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    int null = fcntl(fd, F_GETFD) < 0 && errno == EBADF ? open("/dev/null", O_RDWR) : fd;
    if (null > STDERR_FILENO) /* another thread opened it first */
      close(null);
  }
}
