-- Exit codes of the command, by kind of error. docs/command.md lists them.

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
}

--- The exit code for an error: that of its kind, or that of a bug in homey.
---@param err any
---@return integer
function exit_codes.of(err)
  if type(err) ~= "table" then return exit_codes.bug end
  return rawget(err, "exit_code") or exit_codes.of_kind[err.kind] or exit_codes.bug
end

return exit_codes
