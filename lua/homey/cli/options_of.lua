-- All options of a command: its own, and `--help`.

local help = { name = "help", short = "h", type = "boolean", doc = "show this" }

--- The rows of all options of a command, `--help` last.
---@param command homey.cli.Command
---@return homey.cli.OptionRow[]
return function(command)
  local list = { help }
  for _, row in ipairs(command.options or {}) do table.insert(list, #list, row) end
  return list
end
