-- The manual: docs/command.md, manual pages and help are those of the rows of the commands.
local cli = require "homey.cli"
local command = require "spec.support.command"
local logins = require "spec.support.logins"
local page = require "spec.support.page"

local quoted, unpack = logins.quoted, table.unpack or unpack -- luacheck: compat

local function shell_says(line)
  local pipe = io.popen("{ " .. line .. "; } 2>&1")
  local text = pipe:read "*a"
  pipe:close()
  return text
end

describe("the manual of homey", function()
  local folder

  before_each(function() folder = command.folder() end)
  after_each(command.tidy)

  it("has a declaration of each command", function()
    for _, name in ipairs(cli.names()) do
      local declared = cli.command(name)
      assert.is_table(declared, name .. ": its module exports no `commands`")
      assert.equal(name, declared.name)
      assert.matches("%S", declared.text)
    end
  end)

  it("has the tables of docs/command.md up to date", function()
    assert.equal(dofile "mk/reference/command.lua", page.read "docs/command.md",
      "run `make reference`")
  end)

  it("is roff in a pipe", function()
    for _, words in ipairs { { "man" }, { "man", "set" }, { "man", "run" } } do
      local out = command.succeed({}, unpack(words))
      assert.matches('^%.TH "HOMEY[^\n]*" 1 "" "homey %d+%.%d+%.%d+" "User Commands"\n', out)
      for _, section in ipairs { "NAME", "SYNOPSIS", "DESCRIPTION", '"EXIT STATUS"' } do
        assert.truthy(out:find("\n.SH " .. section .. "\n", 1, true), section)
      end
      for request in ("\n" .. out):gmatch "\n(%.%a*)" do
        assert.truthy((" .TH .SH .SS .B .BR .TP .PP .nf .fi "):find(" " .. request .. " ", 1, true),
          request)
      end
      assert.is_nil(out:find "[^\\]%-%-", "a hyphen that is a minus is escaped")
    end
  end)

  it("has each option and each exit code of a command", function()
    local out = command.succeed({}, "man", "watch")
    for _, row in ipairs(cli.command("watch").options) do
      assert.truthy(out:find('.B "\\-\\-' .. row.name:gsub("-", "\\-"), 1, true), row.name)
    end
    for _, code in ipairs { 0, 1, 2, 3, 4, 5, 6, 70, 130, 141 } do
      assert.truthy(out:find(('.B "%d"\n'):format(code), 1, true), code)
    end
  end)

  it("is shown by man on a terminal, and is the help where there is none", function()
    command.write(folder .. "/mandoc", "#!/bin/sh\nread -r line\necho \"viewed: $line\"\n")
    logins.shell("chmod +x " .. quoted(folder .. "/mandoc"))
    assert.matches('^viewed: %.TH "HOMEY\\%-SET" 1',
      command.on_terminal({ PATH = folder .. ":/usr/bin:/bin" }, "man", "set"))
    assert.matches("^usage: homey set ", command.on_terminal({ PATH = "/nothing" }, "man", "set"))
    assert.matches("^usage: homey COMMAND", command.on_terminal({ PATH = "/nothing" }, "man"))
  end)

  it("does not know what is no command", function()
    for _, name in ipairs { "help", "man" } do
      local code, out, err = command.run({}, name, "wach")
      assert.same({ 2, "" }, { code, out })
      assert.equal("homey: there is no command 'wach'; did you mean 'watch'? See 'homey help'.\n",
        err)
    end
  end)

  it("describes help, man and version as any other", function()
    for _, name in ipairs { "help", "man", "version" } do
      local code, out = command.run({}, name, "--help")
      assert.equal(0, code)
      assert.matches("^usage: homey " .. name, out)
    end
  end)

  it("is written when homey is installed", function()
    local version = rawget(_G, "jit") and "jit" or _VERSION:match "%d.%d"
    logins.shell(("%s mk/man.lua %s %s/%s"):format(os.getenv "HOMEY_TEST_LUA", quoted(folder),
      os.getenv "HOMEY_TEST_BUILD", version))
    for _, name in ipairs(cli.names()) do
      assert.matches("^%.TH ", command.read(("%s/homey-%s.1"):format(folder, name)), name)
    end
    assert.equal(".so man1/homey.1\n", command.read(folder .. "/homey-lua.1"))
    assert.equal(command.succeed({}, "man"), command.read(folder .. "/homey.1"))
  end)

  it("says by which name the command is started", function()
    logins.shell(("mkdir %s/ours %s/theirs && for f in ours theirs; do "
      .. "printf '#!/bin/sh\\n' > %s/$f/homey; chmod +x %s/$f/homey; done")
      :format(folder, folder, folder, folder))
    local says = "PATH=%s:/usr/bin:/bin sh mk/in-path.sh " .. folder .. "/ours"
    assert.equal("", shell_says(says:format(folder .. "/ours:" .. folder .. "/theirs")))
    assert.equal(("note: another homey is first in PATH: %s/theirs/homey. Start this one as "
      .. "homey-lua; it is the same.\n"):format(folder),
      shell_says(says:format(folder .. "/theirs:" .. folder .. "/ours")))
    assert.matches("^note: " .. folder .. "/ours is not in PATH", shell_says(says:format(folder)))
  end)

  it("is of homey-lua, too", function()
    assert.matches("^homey %d", shell_says("export " .. logins.exits .. "; bin/homey-lua version"))
  end)
end)
