-- Exit codes of the command, by kind of error. The manual and docs/command.md list them.

local exit_codes = {
  usage = 2, bug = 70,
  of_kind = {
    protocol = 1, cancelled = 1,
    invalid = 2,
    credentials = 3, expired = 3, unauthorized = 3,
    not_found = 4, ambiguous = 4,
    offline = 5, timeout = 5, network = 5, tls = 5, unavailable = 5,
    forbidden = 6, hub = 6, rate_limited = 6,
  },
  meanings = {
    { 0, "done" },
    { 1, "an answer that makes no sense, a cancelled call, an output that cannot be written; a "
      .. "condition that is false, a test that fails, a finding of homey lint" },
    { 2, "a wrong command line or a wrong value" },
    { 3, "the login is refused or has expired: homey login" },
    { 4, "there is no such device or other thing, or several are meant" },
    { 5, "the hub, the network or the device is out of reach, or has not answered in time" },
    { 6, "the hub refuses, or has failed" },
    { 70, "a mistake in homey" },
    { 130, "Ctrl-C; 129 and 143 after SIGHUP and SIGTERM" },
    { 141, "who reads the output has left, as head does" },
  },
}

--- The exit code for an error: that of its kind, or that of a bug in homey.
---@param err any
---@return integer
function exit_codes.of(err)
  if type(err) ~= "table" then return exit_codes.bug end
  return rawget(err, "exit_code") or exit_codes.of_kind[err.kind] or exit_codes.bug
end

return exit_codes
