---@meta homey.core
-- What the C module `homey.core` offers: the binding of libhomey to Lua. Never loaded; for editors,
-- and for spec/docs/core_meta_spec.lua, which holds it against the module itself.
--
-- A failure never raises here (a wrong argument does): it crosses as scalars `nil, kind, message,
-- status, step, retry_after`, and homey.error makes the object. What is asked of a client that was
-- closed is the failure `cancelled`. Seconds in Lua, milliseconds in C.

---@class homey.core
---@field version string           the version of libhomey
---@field null lightuserdata       JSON null
---@field array table              metatable of JSON arrays; set it to send an empty table as []
---@field presets table[]  known OAuth clients {name=, client_id=, client_secret=, redirect_uri=}
local core = {}

---@class homey.core.RequestOptions
---@field timeout? number
---@field once? boolean
---@field operation? string
---@field manager? string
---@field args? table
---@field content_type? string  of the body, which is then a string and sent as it is
---@field anonymous? boolean    without the token of the login
---@field server? "hub"|"cloud"|"energy"|"weather"  default "hub"
---@field only? homey.core.Only

---@class homey.core.LoginResult
---@field id string
---@field name string
---@field api_version integer
---@field platform string
---@field version string
---@field address string
---@field address_kind string
---@field username string

---@class homey.core.Loop  every socket and timer of any number of clients, behind one descriptor
local Loop = {}

---@class homey.core.Client         one account on one hub
local Client = {}

---@class homey.core.File           a file that is this process's alone until it is closed
local File = {}

--- Take a file for this process alone; its folder is made (0700) where it is missing. The lock lies
--- beside it, and is free again when the file is closed or the process ends, however that happens.
---@param path string   with a folder: "/a/state-x.json"
---@param what string   what it holds, for a sentence: "state"
---@return homey.core.File? file
---@return string? kind   where file is nil: "unavailable" when another holds it, "invalid"
---@return string? message
---@return boolean? passes  the disk is full or read-only, or the like: the same may work later
function core.keep(path, what) end

--- What such a file holds, whoever has it; nil where it is not there, or, with kind and message,
--- where it is not as it should be (owner, mode, size).
---@param path string
---@param what string
---@return string? text
---@return string? kind
---@return string? message
---@return boolean? passes
function core.peek(path, what) end

--- The path of the file that holds the login of an account, whether it is there or not.
---@param state_dir string
---@param account string  "" is the one that was saved last
---@return string?        nil where the folder is missing or not private
function core.login_file(state_dir, account) end

--- What it holds; nil where it is not there, or, with kind and message, where it is not as it
--- should be (owner, mode, size).
---@return string? text
---@return string? kind
---@return string? message
---@return boolean? passes
function File:load() end

--- Put a text in its place: mode 0600, on disk when this returns; a crash leaves the old text or
--- the new one.
---@param text string
---@param durable? boolean  false: what can be made again, so the disk is not waited for. After a
---   power cut it may be cut off
---@return boolean? ok
---@return string? kind
---@return string? message
---@return boolean? passes
function File:save(text, durable) end

--- Close the file, and release its lock.
function File:close() end

--- A new loop.
---@return homey.core.Loop
function core.loop() end

--- The wanted parts of a JSON value. Of an object only the members are read that are named here:
--- `true` reads all of a member, another such table a part of it, and `false` leaves it out. A text
--- reads all of a member and is its name in the result; a table with a text at 1 does so for a part.
--- Such a member is left out when it is null. "*" stands for the members that are not named; without
--- it they are left out. All items of an array are read, each as "*" says:
--- `{ ["*"] = { id = true } }` reads the ids of a list. What is left out must still be valid JSON,
--- except that its numbers may have any size.
---@alias homey.core.Only table<string|1, boolean|string|homey.core.Only>

--- Lua value from JSON text. Numbers without fraction become integers where Lua has them and they
--- fit. What Lua cannot hold is read as JavaScript reads it: a number as the nearest double or an
--- infinity, half a surrogate pair as U+FFFD.
---@param text string
---@param only? homey.core.Only  the wanted parts; all by default
---@param strict? boolean        refuse what Lua cannot hold
---@return any value
---@return string? message  where value is nil: what is wrong, and at which byte
function core.decode(text, only, strict) end

--- JSON text from a Lua value.
---@param value any
---@return string? text
---@return string? message  where text is nil: what cannot be sent, and where in the value it is
function core.encode(value) end

--- Version 4 UUID from the system's random source.
---@return string
function core.uuid() end

--- The libraries that are used, with their versions: "libcurl/8.14.1 OpenSSL/3.5.1 zlib/1.3.1".
---@return string
function core.libraries() end

--- Wait without a loop: for a plain script between two tries. Interrupted by signals.
---@param seconds number
function core.pause(seconds) end

--- The home folder of the user of this process, by the system's list of users.
---@return string?
function core.home_folder() end

--- The descriptor of an open file of Lua; nil for anything else.
---@param file any
---@return integer?
function core.descriptor(file) end

--- Is it a private, link-local or loopback address? IPv4, or IPv6 with or without brackets.
---@param text string
---@return boolean
function core.is_private_ip(text) end

--- Where the program is now, "evening.lua:12": in the innermost function whose source does not
--- begin with `folder`. The innermost `own` functions are taken to be of the folder.
---@param folder string  "@/usr/share/lua/5.4/homey/"
---@param own integer
---@return string?       nil where there is none
function core.call_site(folder, own) end

--- Continue a coroutine that has yielded; any other calls a function, also when an earlier one has
--- returned. The turn fails when it computes for too long. Coroutines that it makes are watched, too.
--- A turn is not watched where a debugger has set a hook.
---@param limit number?  seconds of processor time; nil: no limit
---@param co thread
---@param ... any        what it is continued with, or the function and its arguments
---@return boolean|"hooked"|"yielded" state  true: the function has returned; "hooked": the same, but
---   the coroutine has somebody else's hook; false: it has failed
---@return any ...       its results, what it has yielded, or its error
function core.resume(limit, co, ...) end

--- End the innermost turn, whose coroutine calls this: from here on every instruction raises an
--- error.
---@param co thread
---@param why string
---@return boolean  false when the turn is that of another coroutine
function core.halt(co, why) end

--- Set the function that decides, every few milliseconds of a turn, whether the turn is stopped.
---@param f fun(took: number, limit: number): string?  the reason to stop it
function core.judge(f) end

--- A new client on the loop. Options are the fields of homey_options with their C names; `headers`,
--- `connect_to` are lists of strings; `timeout` and `stale` are in seconds; `refresh`
--- "auto"|"official"|"seed"; `plain_http` "auto"|"allow"|"never".
--- `trace = true`, `warn = true` and `store = true` make the loop hand out lines, warnings and
--- store operations by `next`.
---@param options table
---@return homey.core.Client? client
---@return string? kind
---@return string? message
function Loop:client(options) end

--- Do what is due, wait for nothing. Collects answers for `next`.
function Loop:step() end

--- The same after waiting up to `seconds` (nil = for ever) for something to do.
---@param seconds? number
function Loop:wait(seconds) end

--- The next thing that a step has collected; nothing when drained. For a failure `value` is nil and
--- the rest is kind, message, status, step, retry_after. For an event of the hub `value` is its data
--- and `message` its name; `kind` is nil. For the value of a device in the usual form `value` is that
--- value and `message` is "capability", followed by the id of the capability, the id of the
--- transaction and the time in ms since 1970; see tell_transactions. Where `id` is a client's
--- `trace_id` or `warn_id` the value is a line; where it is its `store_id` the value is
--- {op=integer, verb="load"|"save"|"lock"|"unlock", account=string, text=string?}: all
--- but "unlock" must be answered by Client:store_answer. Once the client is
--- closed, the last thing under each of these ids is the failure `cancelled`.
--- An answer for which Lua has no memory is the failure `protocol`. Where too much is parked (64
--- MiB) a step does nothing until some of it is taken.
---@return integer? id
---@return any value
---@return string? kind
---@return string? message
---@return integer? status
---@return string? step
---@return integer? retry_after  seconds
function Loop:next() end

--- Tell the transaction of every value's event from now on. Until then `next` may leave it out,
--- unless it is in the form of this module's own.
function Loop:tell_transactions() end

---@return integer fd   to be polled for reading
function Loop:fd() end

---@return number? seconds  nil when only the descriptor matters, 0 while something is parked
function Loop:timeout() end

---@return number seconds   on a clock that never jumps
function Loop:now() end

---@return number seconds   since 1970, UTC, to the millisecond; jumps when the clock is set
function Loop:time() end

--- Send a request to any server, see homey_loop_fetch in homey.h. Its id is answered with
--- {status=integer, head=string, body=string}; the head is the URL that answered and the header
--- lines, a NUL after each.
---@param url string
---@param method string
---@param headers string[]    lines "Name: value"
---@param timeout number      seconds
---@param max integer         bytes of the body
---@param redirects integer   less than 0: none
---@param body? string
---@param cafile? string
---@param connect_to? string[]  lines "HOST:PORT:TO-HOST:TO-PORT"
---@return integer? id
---@return string? kind       where id is nil: "invalid", "unavailable"
function Loop:fetch(url, method, headers, timeout, max, redirects, body, cafile, connect_to) end

--- Wait until a descriptor is ready, see homey_loop_poll in homey.h. Its id is answered "r", "w",
--- "rw", or `true` when the time is over.
---@param fd integer
---@param events integer      1 for reading, 2 for writing, 3 for either
---@param timeout? number     seconds
---@return integer? id
---@return string? kind       where id is nil: "invalid", "unavailable"
function Loop:poll(fd, events, timeout) end

--- Read what is there, some thousand bytes at most. Blocks when there is nothing to read and the
--- descriptor blocks.
---@param fd integer
---@return string|false|nil text  "" at the end; false when there is nothing to read now
---@return string? problem        where text is nil
function Loop:read(fd) end

--- Answered `true` after so many seconds. `wall`: the caller waits for a time of day, which may
--- come sooner or later than that when the clock is set or the machine sleeps; the answer may then
--- come early, and Loop:time tells.
---@param seconds number
---@param wall? boolean
---@return integer id
function Loop:timer(seconds, wall) end

--- End a timer, a request or a subscription; its id is answered `cancelled` in the next step.
---@param id integer
function Loop:cancel(id) end

--- Free the loop and all its clients. What was waiting can still be drained by `next`, as
--- `cancelled`.
function Loop:close() end

---@return integer id   answered with a homey.core.LoginResult
function Client:login() end

---@return integer id
function Client:logout() end

--- Queue a request. The body is any Lua value that JSON can carry; core.null sends `null`; nil
--- sends no body. `operation`, `manager` ("homey:manager:devices") and `args` (every parameter by
--- name) say the same to the socket, which is used while it is up, and HTTP otherwise.
---@param method string
---@param path string          begins with "/", percent-encoded
---@param body? any
---@param options? homey.core.RequestOptions
---@return integer? id  answered with decoded JSON, or the part in `only`; else a string;
---                            with nil for none
---@return string? kind        where id is nil: "invalid"
---@return string? message
function Client:request(method, path, body, options) end

--- Queue a request that sets a capability. It may go over the socket when it has the id of the
--- device. The answer is the value and its time, in ms since 1970, when it has the usual form.
---@param path string          begins with "/", percent-encoded
---@param value any
---@param options? table       for the hub: the duration
---@param once? boolean        it is never repeated
---@param device? string|false
---@param capability string
---@return integer? id
---@return string? transaction  its id, when there is a device; where id is nil, "invalid"
---@return string? message
function Client:set_value(path, value, options, once, device, capability) end

--- Subscribe to a uri of the hub, "homey:device:<id>" or "homey:manager:<id>". Loop:next hands out
--- each event under the id as {event, data}; {"homey:subscribed", null} when the hub has confirmed
--- it, again after each reconnect; a failure when it refuses (tried again on the next connection);
--- at last the failure `cancelled`. Loop:cancel ends the subscription. "homey:connection" tells of
--- the connection itself, as objects: {state = "connecting"|"connected"|"disconnected"|"refused"|
--- "failed"|"stale", resumed=, handover=, kind=, message=, status=, retry_ms=, silent_ms=}, see
--- homey.h.
---@param uri string
---@return integer? id
---@return string? kind        where id is nil: "invalid"
---@return string? message
function Client:subscribe(uri) end

---@class homey.core.Address  what came of asking one address of the hub
---@field kind string      "fixed", "localSecure", "local", "mdns", "remoteForwarded", "cloud"
---@field url string
---@field good boolean
---@field ms integer       until it answered
---@field step string      how far it came: "name", "proxy", "connect", "tls", "answer"
---@field error? string    the kind of its failure
---@field message? string

--- Ask every known address of the hub, see homey_client_survey in homey.h.
---@param seconds number  for all of them
---@return integer? id    answered with a list of homey.core.Address, best first
---@return string? kind   where id is nil: "unavailable"
---@return string? message
function Client:survey(seconds) end

--- Ping the hub over the realtime connection, see homey_client_ping in homey.h.
---@return integer? id    answered `true`
---@return string? kind   where id is nil: "unavailable"
---@return string? message
function Client:ping() end

--- Answer a store operation.
---@param op integer
---@param kind? string         nil for success, else a kind; "unavailable" for a lock held elsewhere
---@param text? string         what load found, or the sentence of the failure
function Client:store_answer(op, kind, text) end

---@return integer id          under which Loop:next hands out trace lines
function Client:trace_id() end

---@return integer id  under which warnings come: what is to be known although every call goes well
function Client:warn_id() end

--- Seconds by which the hub's clock is ahead of this machine's, exact to one; nil while the hub has
--- not told.
---@return number?
function Client:clock() end

--- Say that the program is one that stays: see homey_client_stay in homey.h.
---@param whether boolean
function Client:stay(whether) end

--- Is a refresh token being changed for another? Whoever closes the client now may lose the login.
---@return boolean
function Client:is_renewing() end

---@return integer id          under which Loop:next hands out store operations
function Client:store_id() end

--- Free the client; what it was waiting for is answered `cancelled` in the next step.
function Client:close() end

return core
