/*
 * Time of new processes from start to end. The commands alternate, so that drift affects all alike.
 *   launch ROUNDS , COMMAND ARG... , COMMAND ARG... ...   prints a line per round:
 *   the wall microseconds of each command
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define MOST 8

extern char **environ;

static double now(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double run(char **command, const posix_spawn_file_actions_t *actions)
{
  double start = now();
  int status = 0;
  pid_t pid;

  if (posix_spawnp(&pid, *command, actions, NULL, command, environ) ||
      waitpid(pid, &status, 0) < 0 || status) {
    fprintf(stderr, "launch: %s failed (status %d)\n", *command, status);
    exit(1);
  }
  return now() - start;
}

/* Splits the arguments at each "," into commands. Returns their number. */
static int split(char **arg, char ***commands)
{
  int n = 0;

  for (; *arg; arg++)
    if (!strcmp(*arg, ",")) {
      *arg = NULL;
      if (n < MOST)
        commands[n++] = arg + 1;
    }
  return n;
}

int main(int argc, char **arg)
{
  posix_spawn_file_actions_t actions;
  char **commands[MOST];
  int i, n, rounds = argc > 3 ? atoi(arg[1]) : 0;

  if (rounds < 1)
    return 2;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  n = split(arg + 2, commands);
  for (; rounds > 0; rounds--) {
    for (i = 0; i < n; i++)
      printf("%.0f%c", run(commands[i], &actions), i + 1 < n ? ' ' : '\n');
    fflush(stdout);
  }
  return 0;
}
