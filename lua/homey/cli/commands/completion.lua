-- homey completion: completion scripts for the shells.

local arguments = require "homey.cli.arguments"
local invalid = require "homey.util.invalid"
local output = require "homey.cli.output"
local script = require "homey.cli.completion.script"
local suggest = require "homey.util.suggest"

local commands = {
  completion = {
    name = "completion", takes = "bash|zsh|fish", least = 1,
    text = "Print a completion script: source <(homey completion bash)",
    more = "It completes commands, options, and the names that commands have read before. Nothing\n"
      .. "is asked of the hub meanwhile. In fish: homey completion fish | source",
  },
}

local completion = { commands = commands }

--- homey completion.
---@param list string[]
---@param _ string
---@param cli table  homey.cli
---@return integer code
function completion.main(list, _, cli)
  local options, rest = arguments.read(commands.completion, list)
  if not options then return rest --[[@as integer]] end
  for _, shell in ipairs(script.shells) do
    if rest[1] == shell then
      output(script.of(shell, cli))
      return 0
    end
  end
  return invalid("it takes %s, not '%s'%s", commands.completion.takes, rest[1],
    suggest.hint(rest[1], script.shells))
end

return completion
