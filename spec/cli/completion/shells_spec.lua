-- Completion in real shells, at a terminal. Names come from others: none of them may run anything.
local command = require "spec.support.command"
local logins = require "spec.support.logins"

local quoted, shell = logins.quoted, logins.shell

-- The files with which each shell starts: the script, a prompt, and a `homey` that notes what it is
-- called with and lets the real one complete.
local starts = {
  bash = {
    file = "/rc",
    text = "set +o history\nPS1='REA''DY> '\nbind 'set bell-style none'\n"
      .. "bind 'set enable-bracketed-paste off'\n. %s\n",
    line = "bash --noprofile --rcfile %s/rc -i",
  },
  zsh = {
    file = "/.zshrc",
    text = "autoload -U compinit\ncompinit -u -D\nPS1='REA''DY> '\nunsetopt BEEP\n. %s\n",
    line = "env ZDOTDIR=%s zsh -i",
  },
  fish = {
    file = "/config.fish",
    text = "function fish_prompt\n  printf REA; printf 'DY> '\nend\nset fish_greeting\n"
      .. "source %s\n",
    line = "fish --no-config --private -i -C 'source %s/config.fish'",
  },
}

-- What no shell may take for anything but a name. Each gets "z" and a letter before it.
local names = {
  " two  words", " it's", ' "quoted"', " $(touch pwned)", " `touch pwned`", "; touch pwned",
  " ${HOME} $HOME", " & | < > ( ) { } [ ] * ? ~ # ! ^ % @ , . x", " \\ \\\\ back",
  " K\195\188che \226\152\149", ":colon=equals", "'; touch pwned; '", '"; touch pwned; "', "!!",
  "\\n%s",
}
for i, name in ipairs(names) do names[i] = "z" .. ("abcdefghijklmnop"):sub(i, i) .. name end

local control = "zz\27[31m\nred" -- cannot be typed

local function lines_of(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do list[#list + 1] = line end
  return list
end

describe("completion", function()
  local env, sim, folder

  setup(function()
    env, sim = command.at_sim()
    folder = command.folder()
    env.HOMEY_STATE_DIR = folder .. "/state"
    env.HOME, env.LC_ALL, env.TERM = folder, "C.UTF-8", "xterm"
    env.PATH = folder .. ":" .. os.getenv "PATH"
    local pipe = io.popen "pwd"
    local here = pipe:read "*l"
    pipe:close()
    command.write(folder .. "/homey", ([[#!/bin/sh
if [ "$1" = __complete ]; then exec %s/bin/homey "$@"; fi
printf '<%%s>' "$@" >>%s/called
]]):format(here, folder))
    shell("chmod +x " .. quoted(folder .. "/homey"))
    local kitchen, list = sim:device("Kitchen/Lamp").zone, { control }
    for _, name in ipairs(names) do list[#list + 1] = name end
    for _, line in ipairs(lines_of(command.succeed(env, "devices", "--format", "{path}\\t{id}"))) do
      local path, id = line:match "^(.*)\t(.*)$"
      if path ~= "Kitchen/Lamp" and path ~= "Living room/Thermostat" and list[1] then
        sim:update("devices", id, { name = table.remove(list), zone = kitchen })
      end
    end
    assert.same({}, list)
    for _, kind in ipairs { "devices", "flows", "moods", "variables", "users", "cards" } do
      command.succeed(env, kind)
    end
    for name, start in pairs(starts) do
      local script = folder .. "/" .. name .. "-script"
      command.write(script, command.succeed(env, "completion", name))
      command.write(folder .. start.file, start.text:format(script))
    end
  end)
  teardown(command.leave_sim)

  local function as_keys(text)
    return (text:gsub("[\\%c\128-\255]", function(c) return ("\\%03o"):format(c:byte()) end))
  end

  -- Types into a shell: what `homey` was called with.
  local function typed(name, keys)
    command.write(folder .. "/called", "")
    local words = {}
    for key, value in pairs(env) do words[#words + 1] = quoted(key .. "=" .. value) end
    local line = ("cd %s && env %s perl %%s/spec/support/terminal.pl 'READY> ' %s %s"):format(
      quoted(folder), table.concat(words, " "), quoted(as_keys(keys .. "\rexit\r")),
      starts[name].line:format(quoted(folder)))
    local pipe = io.popen(("here=$PWD; " .. line .. " 2>&1"):format "\"$here\"")
    local shown = pipe:read "*a"
    pipe:close()
    return command.read(folder .. "/called"), shown
  end

  -- What `homey` is called with when that is typed at the device of each name.
  local function called_with_names(name, quote)
    local lines, wanted = {}, {}
    for i, each in ipairs(names) do
      lines[i] = ("homey get %sKitchen/%s\t x"):format(quote, each:sub(1, 2))
      wanted[i] = "<get><Kitchen/" .. each .. "><x>"
    end
    local called, shown = typed(name, table.concat(lines, "\r"))
    assert(called == table.concat(wanted), called .. "\n" .. shown)
    assert.is_nil(io.open(folder .. "/pwned"))
  end

  for _, name in ipairs { "bash", "zsh", "fish" } do
    describe("in " .. name, function()
      it("completes commands, options and the names of devices, zones, flows and moods", function()
        local lines, wanted = {}, {}
        for i, case in ipairs {
          { "homey togg\t x", "<toggle><x>" },
          { "homey set Kitchen/L\t onoff o\tn x", "<set><Kitchen/Lamp><onoff><on><x>" },
          { "homey set --revert\t 5m", "<set><--revert-after><5m>" },
          { "homey set Living\\ room/Thermostat thermostat_mode he\t x",
            "<set><Living room/Thermostat><thermostat_mode><heat><x>" },
          { "homey set --zone=Downst\t x", "<set><--zone=Downstairs><x>" },
          { "homey set --zone Downst\t x", "<set><--zone><Downstairs><x>" },
          { "homey start Cosy\t", "<start><Cosy evening>" },
          { "homey mood Din\t", "<mood><Dinner>" },
          { "homey variable Gue\t 3", "<variable><Guests><3>" },
          { "homey completion fi\t", "<completion><fish>" },
          { "homey run ca\t x", "<run><called><x>" },
        } do
          lines[i], wanted[i] = case[1], case[2]
        end
        local called, shown = typed(name, table.concat(lines, "\r"))
        assert(called == table.concat(wanted), called .. "\n" .. shown)
      end)

      for what, quote in pairs { ["without quotes"] = "", ["in quotes"] = "'",
        ["in double quotes"] = '"' } do
        it("writes any name " .. what .. " as one word, and runs none", function()
          called_with_names(name, quote)
        end)
      end

      it("offers no name with a control character", function()
        assert.equal("<get><Kitchen/zz><x>", (typed(name, "homey get Kitchen/zz\t x")))
      end)
    end)
  end
end)
