---@meta homey.system
-- Declarations of the C module `homey.system`: signals, folders, sockets and terminals. Never
-- loaded; for editors, and for spec/core/system_spec.lua, which compares them with the module.
--
-- A failure returns nil and a sentence; a wrong argument raises an error.

---@class homey.system
local system = {}

---@class homey.system.Signals  signals, as something that can be polled
local Signals = {}

---@class homey.system.Watch    what happens in folders, as something that can be polled
local Watch = {}

---@class homey.system.Multicast  messages to all in the local network, and their answers
local Multicast = {}

--- Wait until one of these descriptors can be read.
---@param descriptors integer[]
---@param seconds? number   nil: for ever
---@return integer? ready   how many can be; 0 when the time is over or a signal came first
---@return string? problem
function system.poll(descriptors, seconds) end

--- Catch signals from now on: "INT", "TERM", "HUP", "PIPE", "USR1", "USR2". A second INT or TERM
--- has the system's own effect, so that a program that hangs can be ended by the same key. A
--- process can have one of these at a time.
---@param names string[]
---@return homey.system.Signals? signals
---@return string? problem
function system.signals(names) end

---@return integer fd
function Signals:fd() end

---@return string? name  of the next signal that came; nil when there is none
function Signals:next() end

--- Let the signals have the effect that they had before.
function Signals:close() end

--- A watch of folders; nil on systems without one, where the caller must poll.
---@return homey.system.Watch? watch
---@return string? problem
function system.watch() end

---@return integer fd
function Watch:fd() end

--- Watch a folder. The same folder has the same number.
---@param folder string
---@return integer? number
---@return string? problem
function Watch:add(folder) end

--- Stop watching a folder.
---@param number integer
function Watch:remove(number) end

--- The next event; nothing when there is none.
---@return integer? number  of the folder; -1: events were lost
---@return "named"|"written"|"over"|nil what  names changed; contents changed; no longer watched
---@return string? name     in the folder; nil: the folder itself
function Watch:next() end

--- Stop watching all folders.
function Watch:close() end

--- The names in a folder.
---@param folder string
---@return string[]? names  in no order
---@return string? problem
function system.list(folder) end

--- What is at a path.
---@param path string
---@return "file"|"folder"|"other"|nil kind  nil where there is nothing
---@return string mark  changes when the file is written or replaced; or what is wrong
---@return integer mode   its permissions, as in chmod
---@return boolean own    it belongs to the user whose program this is
function system.stat(path) end

--- The free space for files in a folder.
---@param folder string
---@return number? bytes   nil where nothing may be written
---@return string? problem
function system.room(folder) end

--- The path without symbolic links, as realpath() returns it.
---@param path string
---@return string? path
---@return string? problem
function system.real(path) end

--- Make a folder in an existing one. If it exists already, that is a failure.
---@param path string
---@return true? made
---@return string? problem
function system.mkdir(path) end

--- A socket for multicast over IPv4, such as mDNS: group 224.0.0.251, port 5353.
---@param group string
---@param port integer
---@return homey.system.Multicast? socket
---@return string? problem
function system.multicast(group, port) end

--- The descriptors to poll. The second one receives what is sent to the group, and is missing where
--- another program does not share the port.
---@return integer fd
---@return integer? fd
function Multicast:fds() end

--- Send a message to the group, by every interface.
---@param bytes string
---@return integer? count  of interfaces that took it
---@return string? problem
function Multicast:send(bytes) end

--- The next message that has arrived; nothing when there is none.
---@return string? bytes
---@return string? address  of the sender
function Multicast:receive() end

--- Close it. May be called twice.
function Multicast:close() end

--- Send the service manager a datagram, as sd_notify does.
---@param socket string  what NOTIFY_SOCKET says
---@param text string    "READY=1"
---@return true? sent
---@return string? problem
function system.notify(socket, text) end

--- True when it is a terminal.
---@param fd integer
---@return boolean
function system.isatty(fd) end

--- A line that a person types without seeing it.
---@param prompt string     shown once nothing that is typed is
---@return string? line     nil at the end of the input, or when it is no terminal
---@return string? problem  "interrupted": Ctrl-C; "signal": a signal that the program handles
function system.secret(prompt) end

---@class homey.system.Socket  a socket that listens on 127.0.0.1 or ::1, or a connection to it
local Socket = {}

--- Listen on 127.0.0.1. Nothing of a socket blocks: a loop polls its descriptor.
---@param port integer  0: any free one
---@param v6? boolean  listen on ::1 instead
---@return homey.system.Socket? socket
---@return string? problem
---@return boolean? taken  another program listens there
function system.listen(port, v6) end

--- Its descriptor.
---@return integer
function Socket:fd() end

--- The port that it listens on.
---@return integer
function Socket:port() end

--- The next connection; nil when there is none.
---@return homey.system.Socket?
function Socket:accept() end

--- What has arrived; "" at the end, false when there is nothing yet, nil after a failure.
---@return string|false|nil
function Socket:read() end

--- Send bytes.
---@param bytes string
---@return integer? count  of those that were taken; nil after a failure
function Socket:write(bytes) end

--- Send nothing more, so that the other side sees the end.
function Socket:shut() end

--- Close it.
function Socket:close() end

--- The size of a terminal.
---@param fd integer
---@return integer? columns  nil where it is no terminal, or one that does not know
---@return integer? lines
function system.size(fd) end

--- What a command does first: descriptors that its caller has closed are opened on /dev/null, and
--- Ctrl-C ends the process.
function system.begin() end

--- Write what is still in the buffer of the standard output.
---@return true? written   nil when a part of what was printed is lost
---@return string? problem
---@return integer? errno
function system.written() end

--- Show a text by a pager, and wait for its end.
---@param command string  for the shell
---@param text string
---@return true? shown     nil when there is no such command
---@return string? problem
function system.page(command, text) end

--- Let each key of the terminal arrive at once, without being shown; Ctrl-C is then the key 3.
--- `false`, or the end of the program, restores the terminal.
---@param on boolean
---@return true? done
---@return string? problem
function system.keys(on) end

--- The id of this process.
---@return integer
function system.pid() end

--- Return free memory to the system, and unmap the code and constants of libraries. Pages that are
--- still used are mapped again; those that only the start needed are not.
function system.trim() end

return system
