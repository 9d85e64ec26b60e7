-- Completion scripts for the shells. A script contains the rows of all commands and options, and
-- calls `homey __complete` for the words. The shell reads the words as lines and evaluates none.
-- Words for bash are quoted; the other shells quote words themselves.

local core = require "homey.core"
local options_of = require "homey.cli.options_of"

local script = {}

local function option_row(row)
  return {
    name = row.name, short = row.short, value = row.value, doc = row.doc,
    values = row.values and setmetatable(row.values, core.array),
  }
end

local function command_row(name, text, command)
  local options = {}
  for i, row in ipairs(command and options_of(command) or {}) do options[i] = option_row(row) end
  return {
    name = name, text = text, takes = command and command.takes or "",
    options = setmetatable(options, core.array),
  }
end

-- The rows of all commands as JSON.
local function rows_of(cli)
  local list = {}
  for _, row in ipairs(cli.rows) do
    if row[1] then list[#list + 1] = command_row(row[1], row[3], cli.command(row[1])) end
  end
  return assert(core.encode(setmetatable(list, core.array)))
end

local function in_quotes(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- In quotes of fish, a backslash is written as two.
local function in_fish_quotes(text)
  return "'" .. text:gsub("[\\']", "\\%0") .. "'"
end

---@type table<string, {text: string, quote: fun(text: string): string}>
local scripts = {}

scripts.bash = { quote = in_quotes, text = [=[
# Completion of homey in bash:  source <(homey completion bash)
_homey_commands=@COMMANDS@

_homey() {
  local line kind=
  COMPREPLY=()
  while IFS= read -r line; do
    if [ -z "$kind" ]; then kind=$line; else COMPREPLY+=("$line"); fi
  done < <("${COMP_WORDS[0]}" __complete bash "$_homey_commands" \
    "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  if [ "$kind" = files ]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$2")
  elif [[ ${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
}

complete -F _homey homey homey-lua
]=] }

scripts.zsh = { quote = in_quotes, text = [=[
#compdef homey homey-lua
# Completion of homey in zsh:  source <(homey completion zsh)
_homey() {
  local commands=@COMMANDS@
  local line tab=$'\t'
  local -a lines words_before values texts
  words_before=("${(@Q)words[2,CURRENT-1]}")
  ((CURRENT > 2)) || words_before=()
  lines=("${(@f)$("${(Q)words[1]}" __complete zsh "$commands" "${words_before[@]}" \
    "${(Q)PREFIX}" 2>/dev/null)}")
  if [[ ${lines[1]} == files ]]; then
    _files
    return
  fi
  for line in "${(@)lines[2,-1]}"; do
    values+=("${line%%$tab*}")
    if [[ $line == *$tab ]]; then
      texts+=("${line%%$tab*}")
    else
      texts+=("${line%%$tab*}  -- ${line#*$tab}")
    fi
  done
  ((${#values})) && compadd -l -d texts -a -- values
}

if [[ ${funcstack[1]} == _homey ]]; then
  _homey "$@"
else
  compdef _homey homey homey-lua
fi
]=] }

scripts.fish = { quote = in_fish_quotes, text = [=[
# Completion of homey in fish:  homey completion fish | source
set -g __homey_commands @COMMANDS@

function __homey_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l program $words[1]
  set -e words[1]
  set -l lines ($program __complete fish $__homey_commands $words "$current" 2>/dev/null)
  if test "$lines[1]" = files
    __fish_complete_path "$current"
  else
    set -e lines[1]
    printf '%s\n' $lines
  end
end

complete -c homey -f -a '(__homey_complete)'
complete -c homey-lua -f -a '(__homey_complete)'
]=] }

--- The names of the shells.
script.shells = { "bash", "zsh", "fish" }

--- The script for a shell.
---@param shell "bash"|"zsh"|"fish"
---@param cli table  homey.cli: the rows and declarations of all commands
---@return string
function script.of(shell, cli)
  local row = scripts[shell]
  local rows = row.quote(rows_of(cli))
  return (row.text:gsub("@COMMANDS@", function() return rows end))
end

return script
