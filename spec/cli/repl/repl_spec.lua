-- homey repl: Lua line by line, from a pipe and at a terminal.
local Editor = require "homey.cli.repl.editor"
local command = require "spec.support.command"
local completer = require "homey.cli.repl.completer"
local evaluator = require "homey.cli.repl.evaluator"
local sim = require "homey.sim"

-- What an editor makes of keys; its completions are fixed.
local function typed(keys, list)
  local at, out = 0, {}
  local editor = Editor.new {
    read = function()
      at = at + 1
      local key = keys:sub(at, at)
      return key ~= "" and key or nil
    end,
    write = function(s) out[#out + 1] = s end,
    complete = function(before) return #before:match "^(.-)%w*$", list or {} end,
  }
  local lines, line, interrupted = {}
  repeat
    line, interrupted = editor:edit "> "
    lines[#lines + 1] = line or interrupted and "^C" or nil
  until not line and not interrupted
  return lines, table.concat(out)
end

describe("the editor of homey repl", function()
  for what, case in pairs {
    ["inserts at the cursor"] = { "ac\27[Db\r", { "abc" } },
    ["moves by characters of UTF-8"] = { "\195\164x\27[D\27[D1\27[C2\r", { "1\195\1642x" } },
    ["erases before and at the cursor"] = { "abcd\127\27[D\27[3~\r", { "ab" } },
    ["goes to the start and the end"] = { "bc\1a\5d\r", { "abcd" } },
    ["erases words, the start and the rest"] = {
      "one two\23three\r\21abc\1\11x\r", { "one three", "x" } },
    ["shows the history, and the line that was begun"] = {
      "one\rtwo\r\27[A\27[A\rtw\27[A\27[B\r", { "one", "two", "one", "tw" } },
    ["gives up a line by Ctrl-C"] = { "abc\3def\r", { "^C", "def" } },
    ["ends by Ctrl-D on an empty line only"] = { "ab\1\4\r\4ignored\r", { "b" } },
    ["ignores keys that it does not know"] = { "a\27[24~b\27Oxc\r", { "abc" } },
  } do
    it(what, function() assert.same(case[2], (typed(case[1]))) end)
  end

  it("completes to the common start, and lists what is left", function()
    local lines, shown = typed("x = li\9\9\r", { "light", "lights", "light_2" })
    assert.same({ "x = light" }, lines)
    assert.truthy(shown:find("light   lights   light_2", 1, true))
    assert.same({ "x = lamp" }, (typed("x = la\9\r", { "lamp" })))
    assert.same({ "x = a" }, (typed("x = \9\r", { "a\195\164", "a\195\188" })))
  end)

  it("escapes control characters of names", function()
    local _, shown = typed("\9\9\r", { "a\27[2J", "a\27]0;x\7" })
    assert.is_nil(shown:find("\27%[2J"))
    assert.is_nil(shown:find("\27]", 1, true))
  end)
end)

describe("completion in homey repl", function()
  local home, env

  before_each(function()
    home = sim.home()
    home:devices {}
    env = setmetatable({ homey = require "homey", home = home,
      lamp = home:device "Kitchen/Lamp" }, { __index = _G })
  end)
  after_each(function() home:close() end)

  local function of(line)
    local from, list = completer.complete(line, env, home)
    return line:sub(from + 1), list
  end

  for line, expected in pairs {
    ['homey.device("Kitchen/L'] = "Kitchen/Lamp", ["homey.device 'Readi"] = "Reading light",
    ['homey.zone("Down'] = "Downstairs", ['homey.mood("Din'] = "Dinner",
    ['lamp:set("on'] = "onoff", ['homey.device("Kitchen/Lamp"):get("di'] = "dim",
    ["lamp:tog"] = "toggle", ["lamp.avail"] = "available", ["homey.insigh"] = nil,
    ["homey.devi"] = "device", ["for i = 1, 3 d"] = "do", ["string.form"] = "format",
    ["x = lam"] = "lamp",
  } do
    it("knows " .. line, function()
      local _, list = of(line)
      local found = false
      for _, each in ipairs(list) do found = found or each == expected end
      assert.is_true(found, table.concat(list, " "))
    end)
  end

  it("writes a name so that it stays in its quotes", function()
    local name = "Anna's \"lamp\\\n\27]0;x\7"
    local own = sim.home { devices = { d1 = { name = name, capabilities = { onoff = false } } } }
    own:devices {}
    for quote, line in pairs { ['"'] = 'homey.device("Anna', ["'"] = "homey.device('Anna" } do
      local from, list = completer.complete(line, env, own)
      assert.equal(1, #list)
      assert.is_nil(list[1]:find "%c")
      local f = assert(evaluator.compile("return " .. quote .. list[1] .. quote, {}))
      assert.equal(name, f())
      assert.equal(#line - 4, from)
    end
    own:close()
  end)

  it("runs nothing that was typed", function()
    env.ran = false
    env.f = function() env.ran = true end
    of 'f():set("on'
    of "f().x"
    of 'homey.device(f()):set("on'
    assert.is_false(env.ran)
    assert.same({}, (select(2, of "nothing.at.al")))
  end)
end)

describe("evaluation in homey repl", function()
  it("knows what is incomplete, and what is wrong", function()
    local env = {}
    assert.is_function((evaluator.compile("1 + 1", env)))
    assert.is_function((evaluator.compile("x = 1", env)))
    for _, code in ipairs { "for i = 1, 2 do", "f(", "x = {", "if a then" } do
      local _, problem, is_incomplete = evaluator.compile(code, env)
      assert.is_string(problem)
      assert.is_true(is_incomplete, code)
    end
    local _, _, is_incomplete = evaluator.compile("x = = 1", env)
    assert.is_false(is_incomplete)
  end)

  it("prints values for people", function()
    assert.equal('"a"\tnil\t1', evaluator.describe("a", nil, 1))
    assert.equal('1  "x"\nn = 2', evaluator.describe { "x", n = 2 })
    assert.equal("{}", evaluator.describe {})
    assert.equal("", evaluator.describe())
    assert.matches("%.%.%. 80 more$", evaluator.describe((function()
      local list = {}
      for i = 1, 100 do list[i] = i end
      return list
    end)()))
    assert.is_nil(evaluator.describe("\27[2J"):find "\27")
  end)
end)

describe("homey repl", function()
  local env, folder

  setup(function()
    env = command.at_sim()
    folder = command.folder()
  end)
  teardown(command.leave_sim)

  local function pipe(text)
    command.write(folder .. "/typed", text)
    return command.piped(env, "<" .. folder .. "/typed", "repl")
  end

  it("runs the lines of a pipe, with the home at hand", function()
    local code, out, err = pipe(
      'lamp = homey.device "Kitchen/Lamp"\nlamp:set("dim", 0.3)\nfor i = 1, 2 do\nprint(i)\nend\n'
      .. "lamp:get 'dim'\nhome.name\n")
    assert.same({ 0, "" }, { code, err })
    assert.equal('Kitchen/Lamp\n1\n2\n0.3\n"Sunny House"\n', out)
  end)

  it("ends a pipe at the first error, with its code", function()
    local code, out, err = pipe('print(1)\nhomey.device "nowhere"\nprint(2)\n')
    assert.same({ 4, "1\n" }, { code, out })
    assert.matches("there is no device 'nowhere'", err)
    assert.equal(70, (pipe "x = = 1\n"))
  end)

  local function at_terminal(keys)
    command.write(folder .. "/keys", keys)
    local words = { "env" }
    for key, value in pairs(env) do words[#words + 1] = ("%s=%s"):format(key, value) end
    local reader = io.popen(("perl spec/support/terminal.pl '> ' \"$(cat %s/keys)\" %s bin/homey "
      .. "repl"):format(folder, table.concat(words, " ")))
    local shown = reader:read "*a"
    reader:close()
    return shown
  end

  it("edits and completes at a terminal, and goes on after an error", function()
    local shown = at_terminal 'homey.device("Kitchen/L\9"):get("onoff")\rerror "oops"\r6 * 7\r\4'
    assert.matches("\nfalse\r?\n", shown)
    assert.matches("oops", shown)
    assert.matches("\n42\r?\n", shown)
  end)

  it("cancels a call by Ctrl-C, and goes on", function()
    local shown = at_terminal('pid = require("homey.system").pid()\r'
      .. 'os.execute("(sleep 0.3; kill -INT " .. pid .. ") &")\r' -- system() itself ignores INT
      .. "homey.sleep(600)\r6 * 7\r\4")
    assert.matches("cancelled", shown)
    assert.matches("\n42\r?\n", shown)
  end)
end)
