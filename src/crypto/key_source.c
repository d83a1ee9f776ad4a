/*
 * key_source.c
 *		Reading a key from a command or a file.
 *
 * Both return the number of bytes read into output (KEY_SOURCE_MAX of room),
 * or -1 and a reason in failure, worded to follow "At server start, ".  The
 * reason never quotes what was read.
 *
 * The command runs in a process group of its own, which is killed whole when
 * the time is up: a shell's children must not keep the pipe open.  This code
 * runs in the postmaster while it has no children yet.
 */
#include "postgres.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "portability/instr_time.h"

#include "crypto/key_source.h"

extern char **environ;

static pid_t start_command(const char *command, int output);
static ssize_t read_until(int input, char *output, int timeout_ms);
static bool wait_for_exit(pid_t pid, int timeout_ms, int *status);
static void kill_group(pid_t pid);
static int elapsed_ms(instr_time start);

/* Run a shell command, for at most timeout seconds, and read what it prints. */
ssize_t
memreg_key_source_command(const char *command, int timeout, char *output, char *failure,
						  size_t failure_size)
{
	instr_time start;
	int pipe_ends[2];
	ssize_t length;
	pid_t pid;
	int status = 0;

	INSTR_TIME_SET_CURRENT(start);
	if (pipe2(pipe_ends, O_CLOEXEC) != 0)
	{
		snprintf(failure, failure_size, "no pipe for the key command could be made");
		return -1;
	}
	pid = start_command(command, pipe_ends[1]);
	close(pipe_ends[1]);
	if (pid < 0)
	{
		close(pipe_ends[0]);
		snprintf(failure, failure_size, "the key command could not be started");
		return -1;
	}

	length = read_until(pipe_ends[0], output, timeout * 1000);
	close(pipe_ends[0]);
	if (length < 0 || !wait_for_exit(pid, timeout * 1000 - elapsed_ms(start), &status))
	{
		kill_group(pid);
		snprintf(failure, failure_size,
				 "the key command did not finish within %d seconds", timeout);
		return -1;
	}
	if (WIFSIGNALED(status))
		snprintf(failure, failure_size, "the key command was ended by signal %d",
				 WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(failure, failure_size, "the key command failed with exit code %d",
				 WEXITSTATUS(status));
	else
		return length;
	return -1;
}

/* Read a file that only its owner (or root's group) can read. */
ssize_t
memreg_key_source_file(const char *path, char *output, char *failure, size_t failure_size)
{
	struct stat info;
	ssize_t length;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &info) != 0)
		snprintf(failure, failure_size, "the key file could not be opened: %s",
				 strerror(errno));
	else if (!S_ISREG(info.st_mode))
		snprintf(failure, failure_size, "the key file was no regular file");
	else if ((info.st_uid == geteuid() && (info.st_mode & (S_IRWXG | S_IRWXO))) ||
			 (info.st_uid == 0 && (info.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO))) ||
			 (info.st_uid != 0 && info.st_uid != geteuid()))
		snprintf(failure, failure_size,
				 "the key file belonged to, or could be read by, somebody else than the server's user (it needs mode 0600, or 0640 if root owns it)");
	else if ((length = read(fd, output, KEY_SOURCE_MAX)) < 0)
		snprintf(failure, failure_size, "the key file could not be read: %s", strerror(errno));
	else
	{
		close(fd);
		return length;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Start /bin/sh -c command in a new process group with clean signals. */
static pid_t
start_command(const char *command, int output)
{
	char *arguments[] = {"sh", "-c", unconstify(char *, command), NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	sigset_t all;
	pid_t pid = -1;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes,
							 POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
								 POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	if (posix_spawn(&pid, "/bin/sh", &files, &attributes, arguments, environ) != 0)
		pid = -1;
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return pid;
}

/* Read to the end of input, at most KEY_SOURCE_MAX bytes; -1 when time is up. */
static ssize_t
read_until(int input, char *output, int timeout_ms)
{
	instr_time start;
	size_t length = 0;

	INSTR_TIME_SET_CURRENT(start);
	while (length < KEY_SOURCE_MAX)
	{
		struct pollfd wanted = {.fd = input, .events = POLLIN};
		int left = timeout_ms - elapsed_ms(start);
		int ready = left > 0 ? poll(&wanted, 1, left) : 0;
		ssize_t got;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return -1;
		got = read(input, output + length, KEY_SOURCE_MAX - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += got;
	}
	return length;
}

static bool
wait_for_exit(pid_t pid, int timeout_ms, int *status)
{
	instr_time start;

	INSTR_TIME_SET_CURRENT(start);
	while (waitpid(pid, status, WNOHANG) == 0)
	{
		if (elapsed_ms(start) >= timeout_ms)
			return false;
		pg_usleep(5000);
	}
	return true;
}

static void
kill_group(pid_t pid)
{
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int
elapsed_ms(instr_time start)
{
	instr_time now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, start);
	return (int) INSTR_TIME_GET_MILLISEC(now);
}
