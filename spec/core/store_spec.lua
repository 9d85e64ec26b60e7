-- Runs on one Lua: no Lua has a part in it.
local Scheduler = require "homey.task.scheduler"
local core = require "homey.core"
local homey = require "homey"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"
local collect_all = require "spec.support.collect_all"

local failure, requests, shell, quoted = logins.failure, logins.requests, logins.shell,
  logins.quoted

local sim, folder, forgiven, warnings

setup(function() sim = support.start() end)
teardown(support.stop)

before_each(function()
  logins.reset(sim)
  forgiven, folder, warnings = false, logins.folder(), {}
  log.tap(function(level, text)
    if level == "warning" then warnings[#warnings + 1] = text end
    return true
  end)
end)

after_each(function()
  logins.tidy()
  log.tap(nil)
  if not forgiven then assert.same({}, logins.complaints(sim)) end
end)

local function home(more)
  return logins.home(logins.options(sim.options, logins.options({ state_dir = folder }, more)))
end

local function works(here) assert.equal("Sunny House", here:get "/api/manager/system/name") end

-- Logs in, and forgets the credentials.
local function log_in(more)
  works(home(more):login())
  sim:reset_log()
end

local function without_password() return home { password = false } end

-- The environment of a process with the folder and addresses, but without credentials.
local function env(more)
  local all = {
    HOMEY_STATE_DIR = folder, HOMEY_CAFILE = sim.cafile,
    HOMEY_CONNECT_TO = sim.env.HOMEY_CONNECT_TO,
  }
  for key, value in pairs(more or {}) do all[key] = value end
  return all
end

local function output_of(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local am_root = output_of("id -u"):match "^0\n" ~= nil
-- Root in a container may not mount.
local may_mount = output_of("unshare -m mount -t tmpfs tmpfs /mnt 2>/dev/null && echo yes") ~= ""

local function mode(path)
  return output_of("ls -ld " .. quoted(path)):match "^(%S%S%S%S%S%S%S%S%S%S)"
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

local function both_dead()
  sim:expire "bearer"
  sim:expire "access"
end

describe("a stored login", function()
  it("is a 0600 file in a 0700 folder", function()
    log_in()
    assert.equal("drwx------", mode(folder))
    assert.equal("-rw-------", mode((logins.file(folder))))
  end)

  it("has these modes under any umask", function()
    folder = folder .. "/a/b"
    assert.equal("ok", logins.run(env(sim.env), nil, "umask 0"))
    assert.equal("drwx------", mode(folder))
    for name in output_of("ls -A " .. quoted(folder)):gmatch "[^\n]+" do
      assert.same({ name, "-rw-------" }, { name, mode(folder .. "/" .. name) })
    end
  end)

  it("has no password and no one-time code", function()
    sim:set { otp = "123456" }
    log_in { otp = "123456" }
    local text = output_of("cat " .. quoted(folder) .. "/*")
    assert.truthy(text:find("refresh_token", 1, true))
    for _, secret in ipairs { sim.options.password, "Sunny & warm", "20+5", "%26%20warm", "123456",
      "eyJ" } do
      assert.is_nil(text:find(secret, 1, true))
    end
  end)

  it("works for a process without cloud or password", function()
    log_in()
    sim:set { cloud = false }
    assert.equal("ok", logins.run(env()))
    assert.same({ "system-name" }, logins.routes(sim))
  end)

  it("is preferred to a script's password", function()
    log_in()
    for _ = 1, 2 do assert.equal("ok", logins.run(env(sim.env))) end
    assert.same({ "system-name", "system-name" }, logins.routes(sim))
  end)

  it("is renewed once by ten processes", function()
    log_in()
    local count = logins.counter(sim)
    both_dead()
    local running = {}
    for i = 1, 10 do running[i] = logins.start(logins.script(), env()) end
    for i = 1, 10 do assert.equal("ok\n", logins.finish(running[i])) end
    assert.same({ 1, 1, 0 }, { count "refreshes", count "hub_logins", count "logins" })
  end)

  it("is created once by ten processes", function()
    local count, running = logins.counter(sim), {}
    for i = 1, 10 do running[i] = logins.start(logins.script(), env(sim.env)) end
    for i = 1, 10 do assert.equal("ok\n", logins.finish(running[i])) end
    assert.same({ 1, 1 }, { count "logins", count "hub_logins" })
  end)

  it("keeps fields of a later version", function()
    log_in()
    logins.edit(folder, function(login)
      login.new_thing, login.sessions[sim.hub_id].colour = { 1, 2 }, "red"
    end)
    both_dead()
    works(without_password())
    local login = core.decode((select(2, logins.file(folder))))
    assert.same({ { 1, 2 }, "red" }, { login.new_thing, login.sessions[sim.hub_id].colour })
  end)

  it("is optional", function()
    works(logins.home(logins.options(sim.options)))
    assert.is_nil(logins.file(folder))
  end)
end)

describe("two accounts", function()
  it("are separate, and the last login is the default", function()
    log_in { account = "one" }
    logins.home(logins.options(sim.pat_options, { state_dir = folder, account = "two" })):login()
    assert.equal("2\n", output_of(("ls %s | grep -c json"):format(quoted(folder))))
    sim:reset_log()
    assert.equal("ok", logins.run(env()))
    assert.equal("Bearer " .. sim.pat_options.token,
      requests(sim, "system-name")[1].headers.authorization)
    log_in { account = "one", fresh = true }
    assert.equal("ok", logins.run(env()))
    assert.not_equal("Bearer " .. sim.pat_options.token,
      requests(sim, "system-name")[1].headers.authorization)
  end)

  it("do not renew each other", function()
    log_in { account = "one" }
    log_in { account = "two" }
    both_dead()
    local count = logins.counter(sim)
    works(home { account = "one", password = false })
    works(home { account = "two", password = false })
    assert.same({ 2, 0 }, { count "refreshes", count "thefts" })
  end)
end)

describe("a process that is killed", function()
  before_each(function()
    log_in()
    sim:set { theft_revokes = true }
    both_dead()
  end)

  local function is_whole()
    local _, text = logins.file(folder)
    local login = assert(core.decode(text))
    assert.equal(1, login.version)
    return login
  end

  local function kill_in(step, fault)
    fault.route = step
    sim:fault(fault)
    local process = logins.start(logins.script(), env())
    repeat core.pause(0.005) until #requests(sim, step) > 0
    logins.kill(process)
    sim:clear()
  end

  for _, step in ipairs { "delegation", "refresh", "hub-login", "session" } do
    it("at step " .. step .. " leaves a working login", function()
      local before = is_whole().refresh_token
      kill_in(step, { kind = "hang" })
      local after = is_whole().refresh_token
      -- stored before it is used
      assert.equal(step == "hub-login" or step == "session", before ~= after)
      assert.equal("ok", logins.run(env()))
    end)
  end

  it("during a token change leaves an expired login", function()
    forgiven = true -- the client cannot know the new token: the answer was lost
    kill_in("refresh", { kind = "hang", executed = true })
    is_whole()
    assert.matches("^expired: .*Log in again", logins.run(env()))
    assert.equal("ok", logins.run(env(sim.env)))
  end)

  -- Renews all the time, until it is killed.
  local restless = [[
    local homey = require "homey"
    homey.login()
    while true do homey.get "/api/manager/system/name" end
  ]]

  it("at any moment leaves a working login", function()
    local survived = 0
    for round = 1, 10 do
      sim:set { lifetimes = { bearer = 0.02, access = 0.3 } }
      both_dead()
      sim:reset_log()
      local process = logins.start(restless, env())
      -- Valgrind does not run child processes
      core.pause((0.06 + round * 0.011) * math.min(logins.slow, 3))
      logins.kill(process)
      sim:set { lifetimes = { bearer = 86400, access = 3660 } }
      local token = is_whole().refresh_token
      local sent = requests(sim, "refresh")
      local last = sent[#sent]
      if last and last.status == 200 and last.body:find(token, 1, true) then
        -- Killed while the answer was in flight, see above: rare and unavoidable.
        forgiven = true
        works(home { fresh = true })
      else
        assert.equal("ok", logins.run(env()))
        survived = survived + 1
      end
    end
    assert.is_true(survived >= 6)
    local debris = output_of("ls -A " .. quoted(folder)):gsub("login%-%x+%.%a+\n", "")
      :gsub("current[.%a]*\n", "")
    assert.equal("", debris)
  end)
end)

describe("an invalid store", function()
  local path, text

  local function refused(pattern, options)
    local here = home(options)
    local before =
      output_of(("cat %s 2>&1; ls -l %s 2>&1 | grep -v total"):format(quoted(path), quoted(folder)))
    local err = failure(here.login, here)
    assert.same({ "invalid", "store" }, { err.kind, err.step })
    assert.matches(pattern, err.message)
    assert.truthy(err.message:find(folder, 1, true), err.message)
    assert.same({}, logins.routes(sim))
    assert.equal(before,
      output_of(("cat %s 2>&1; ls -l %s 2>&1 | grep -v total")
        :format(quoted(path), quoted(folder))))
    return err
  end

  before_each(function()
    log_in()
    path, text = logins.file(folder)
  end)

  for name, content in pairs {
    ["empty"] = "", ["a brace"] = "{", ["null"] = "null", ["a list"] = "[]",
    ["another object"] = "{}", ["a word"] = "hello",
    ["a version that is none"] = '{"version":"one"}', ["binary"] = "\1\0\255\254",
    ["not UTF-8"] = '{"version":1,"email":"\255"}',
    ["a list of hubs"] = '{"version":1,"hub":"abc","hubs":[{"id":"abc"}]}',
    ["hubs that are numbers"] = '{"version":1,"hubs":[1,2]}',
    ["a hub that is none"] = '{"version":1,"hubs":{"abc":1}}',
    ["a hub without an id"] = '{"version":1,"hubs":{"":{}}}',
    ["a hub whose id fits no header"] = '{"version":1,"hub":"a\\r\\nb"}',
    ["a list of sessions"] = '{"version":1,"sessions":[]}',
    ["a token that fits no header"] =
      '{"version":1,"access_token":"a\\r\\nX-Porch: open","hubs":{}}',
    ["a refresh token that is no ASCII"] = '{"version":1,"refresh_token":"\195\169"}',
    ["an API key that fits no header"] = '{"version":1,"personal_access_token":"a b"}',
    ["a bearer that fits no header"] =
      '{"version":1,"hub":"abc","sessions":{"abc":{"bearer":"a\\nb"}}}',
    ["a session that is none"] = '{"version":1,"sessions":{"abc":"x"}}',
  } do
    it("that is " .. name .. " is refused and kept", function()
      write(path, content)
      local err = refused("is damaged, or not a file of homey. Move it away and log in again")
      assert.truthy(err.message:find(path, 1, true))
      refused("damaged", { fresh = true })
    end)
  end

  it("that is cut anywhere is refused", function()
    for at = 1, #text - 1, 97 do
      write(path, text:sub(1, at))
      refused("damaged")
    end
  end)

  it("of a newer version is refused and kept", function()
    logins.edit(folder, function(login) login.version = 2 end)
    local err = refused("newer version of homey. Update this one, or use another state_dir")
    assert.truthy(err.message:find(path, 1, true))
  end)

  for _, case in ipairs {
    { "readable for others", "0644", "others may use the login in .*chmod 600", "-rw-r--r--" },
    { "writable for others", "0602", "others may use the login in .*chmod 600", "-rw-----w-" },
    { "unreadable", "0000", "may not be read. Run `chmod 600", "----------" },
  } do
    it("that is " .. case[1] .. " is refused and kept", function()
      shell(("chmod %s %s"):format(case[2], quoted(path)))
      refused(case[3])
      assert.equal(case[4], mode(path))
    end)
  end

  it("in a folder open to others is refused", function()
    shell("chmod 755 " .. quoted(folder))
    refused "others may enter the folder .*chmod 700"
  end)

  it("of another owner is refused", function()
    if am_root then
      shell("chown 65534 " .. quoted(path))
      refused "belongs to another user. Move it away"
      shell("chown 65534 " .. quoted(folder))
      refused "belongs to another user. Choose another state_dir"
    else
      folder, path = "/usr", "/usr/login-x.json"
      refused "belongs to another user. Choose another state_dir"
    end
  end)

  it("that is a folder or a link is refused", function()
    shell(("mv %s %s.away; mkdir %s"):format(quoted(path), quoted(path), quoted(path)))
    refused "is not a regular file. Move it away"
    shell(("rmdir %s; ln -s %s.away %s"):format(quoted(path), quoted(path), quoted(path)))
    refused "is a symbolic link. Move it away"
  end)

  it("in a folder that cannot be created is refused", function()
    folder = "/sys/homey/deep"
    path = folder
    refused "cannot make or open the folder"
    folder = os.tmpname()
    write(folder, "a file")
    path = folder
    refused "part of its path is not a folder"
    os.remove(folder)
  end)
end)

-- Makes a folder read-only, also for root. Returns the command that undoes it.
local function read_only(where)
  if not am_root then
    shell("chmod 500 " .. quoted(where))
    return "chmod 700 " .. quoted(where)
  end
  local q = quoted(where)
  for _, how in ipairs {
    { "chattr +i %s", "chattr -i %s" },
    { "mount --bind %s %s && mount -o remount,bind,ro %s", "umount %s" },
  } do
    local n = select(2, how[1]:gsub("%%s", "%%s"))
    local ok = os.execute(how[1]:format(q, n > 1 and q or nil, n > 1 and q or nil)
      .. " 2>/dev/null")
    if ok == true or ok == 0 then return how[2]:format(q) end
  end
  error "this machine has no way to make a folder read-only for root"
end

describe("a read-only folder", function()
  local undo

  after_each(function()
    if undo then shell(undo) end
    undo = nil
  end)

  it("does not affect a valid bearer", function()
    log_in()
    undo = read_only(folder)
    works(without_password())
    assert.same({ "system-name" }, logins.routes(sim))
  end)

  it("is reported before a token is spent", function()
    log_in()
    local _, before = logins.file(folder)
    both_dead()
    undo = read_only(folder)
    local here = without_password()
    local err = failure(works, here)
    assert.same({ "invalid", "store" }, { err.kind, err.step })
    assert.truthy(err.message:find(folder, 1, true))
    assert.equal(0, #requests(sim, "refresh"))
    shell(undo)
    undo = nil
    assert.equal(before, select(2, logins.file(folder)))
    works(here)
  end)

  it("keeps new tokens in memory until they can be saved", function()
    log_in()
    both_dead()
    local _, before = logins.file(folder)
    undo = read_only(folder)
    local here = without_password()
    here:stay()
    works(here)
    both_dead()
    works(here)
    assert.same({ 2, 1 }, { #requests(sim, "refresh"), #warnings })
    assert.matches("^the login cannot be saved yet, and is kept in memory: .*" .. "login%-",
      warnings[1])
    assert.equal(before, select(2, logins.file(folder)))
    shell(undo)
    undo = nil
    here:close()
    logins.wait_until(function() return select(2, logins.file(folder)) ~= before end)
    works(without_password())
    assert.equal(2, #requests(sim, "refresh"))
  end)

  it("does not stop a renewal that spends no stored token", function()
    log_in()
    sim:expire "bearer"
    undo = read_only(folder)
    works(without_password())
    assert.same({ 0, 1, 1 }, { #requests(sim, "refresh"), #requests(sim, "hub-login"), #warnings })
  end)

  it("does not affect an API key", function()
    shell("mkdir -m 700 " .. quoted(folder))
    undo = read_only(folder)
    works(logins.home(logins.options(sim.pat_options, { state_dir = folder })))
    assert.equal(1, #warnings)
  end)

  -- A home whose new tokens are in memory alone: the folder was read-only, and is writable again.
  local function renewed_in_memory()
    log_in()
    undo = read_only(folder)
    local here = without_password()
    here:stay()
    both_dead()
    works(here)
    shell(undo)
    undo = nil
    return here
  end

  it("never causes an overwrite of a newer version", function()
    local here = renewed_in_memory()
    logins.edit(folder, function(login) login.version = 2 end)
    local _, newer = logins.file(folder)
    here:close()
    homey.sleep(0.1)
    assert.equal(newer, select(2, logins.file(folder)))
  end)

  it("never causes an overwrite of another login", function()
    local here = renewed_in_memory()
    logins.edit(folder, function(login)
      login.access_issued_at, login.refresh_token = login.access_issued_at + 100, "of-another-login"
    end)
    here:close()
    homey.sleep(0.1)
    assert.equal("of-another-login", core.decode((select(2, logins.file(folder)))).refresh_token)
  end)

  it("is reported before a password is sent", function()
    shell("mkdir -m 700 " .. quoted(folder))
    undo = read_only(folder)
    local here = home()
    local err = failure(here.login, here)
    assert.same({ "invalid", "store" }, { err.kind, err.step })
    assert.same({}, logins.routes(sim))
  end)
end)

describe("a full disk", function()
  -- A limit of the file size, which fails a write like a full disk.
  local full = "trap '' XFSZ; ulimit -f 0"

  -- The child reports by its exit code, since the limit also holds for its output.
  local function run(more_env)
    local script = [[
      local homey = require "homey"
      local ok, err = pcall(function() homey.login() return homey.get "/api/manager/system/name" end)
      local named = not ok and err.kind == "invalid" and err.step == "store"
        and err.message:find(os.getenv "HOMEY_STATE_DIR", 1, true) and err.message:find "file size limit"
      os.exit(ok and 40 or named and 41 or 42, true) -- closes the state: LuaJIT's heap looks like a leak
    ]]
    local words = {}
    for key, value in pairs(env(more_env)) do words[#words + 1] = quoted(key .. "=" .. value) end
    local pipe =
      io.popen(("(%s; env %s %s -e %s >/dev/null 2>&1); echo $?")
        :format(full, table.concat(words, " "),
      require("homey.sim.control.process").interpreter(), quoted(script)))
    local code = pipe:read "*n"
    pipe:close()
    return code
  end

  it("does not affect a valid bearer", function()
    log_in()
    assert.equal(40, run())
  end)

  it("is reported before a token is spent", function()
    log_in()
    local _, before = logins.file(folder)
    both_dead()
    assert.equal(41, run())
    assert.equal(0, #requests(sim, "refresh"))
    assert.equal(before, select(2, logins.file(folder)))
    works(without_password())
  end)

  it("is reported before a password is sent", function()
    assert.equal(41, run(sim.env))
    assert.same({}, logins.routes(sim))
  end)

  if not may_mount then return end

  it("is reported in a file system that root has mounted", function()
    shell("mkdir -m 700 " .. quoted(folder))
    local q = quoted(folder)
    shell("mount -t tmpfs -o size=24k,mode=700 tmpfs " .. q)
    log_in()
    both_dead()
    os.execute(("cat /dev/zero > %s/ballast 2>/dev/null"):format(q))
    local ok, err = pcall(works, without_password())
    local refreshes = #requests(sim, "refresh")
    os.execute(("rm %s/ballast"):format(q))
    local later = pcall(works, without_password())
    shell("umount " .. q)
    assert.same({ false, "invalid", 0, true }, { ok, err.kind, refreshes, later })
    assert.matches("the disk is full. Free some space", err.message)
  end)
end)

describe("homey.logout", function()
  local function nothing_left()
    assert.is_nil(logins.file(folder))
    assert.matches("^credentials: no login is stored here", logins.run(env()))
  end

  it("removes the stored login", function()
    homey.login(logins.options(sim.options, { state_dir = folder }))
    homey.logout()
    nothing_left()
    assert.equal(0, #requests(sim, "session-delete"))
  end)

  it("ends the session at a hub that supports it", function()
    sim:set { api_version = 2 }
    local count = logins.counter(sim)
    local here = home():login()
    here:logout()
    assert.equal(1, count "logouts")
    nothing_left()
    assert.equal("expired", failure(works, here).kind)
  end)

  it("removes a login that it finds in the store", function()
    sim:set { api_version = 2 }
    log_in()
    local count = logins.counter(sim)
    without_password():logout()
    assert.equal(1, count "logouts")
    nothing_left()
  end)

  for name, change in pairs {
    ["a hub that is off"] = { hub = false }, ["a cloud that is off"] = { cloud = false },
    ["everything off"] = { hub = false, cloud = false },
  } do
    it("removes the login despite " .. name, function()
      sim:set { api_version = 2 }
      log_in()
      sim:set(change)
      without_password():logout()
      nothing_left()
    end)
  end

  it("removes the login though the session is dead", function()
    log_in()
    both_dead()
    without_password():logout()
    nothing_left()
  end)

  it("allows a new login of the home", function()
    local here = home():login()
    here:logout()
    here:login()
    works(here)
  end)

  it("leaves other accounts alone", function()
    log_in { account = "one" }
    local two = home { account = "two" }
    two:login()
    two:logout()
    works(home { account = "one", password = false })
  end)
end)

describe("a store in Lua", function()
  local kept, said, store

  before_each(function()
    kept, said = {}, {}
    local held
    store = {
      load = function(account)
        said[#said + 1] = "load"
        return kept[account] or account == "" and kept[kept.last] or nil
      end,
      save = function(account, text)
        said[#said + 1] = "save"
        kept[account], kept.last = text, account
      end,
      lock = function(_, take)
        said[#said + 1] = take and "lock" or "unlock"
        if not take then held = nil return true end
        if held then return false end
        held = true
        return true
      end,
    }
  end)

  local function keeper(more)
    return logins.home(logins.options(sim.options,
      logins.options({ state_dir = nil, store = store }, more)))
  end

  it("keeps a login", function()
    works(keeper():login())
    local login = core.decode(kept[sim.options.email])
    assert.equal(sim.hub_id, login.hub)
    sim:reset_log()
    works(keeper { password = false })
    works(keeper { password = false, email = false })
    assert.same({ "system-name", "system-name" }, logins.routes(sim))
  end)

  it("is locked during a renewal and read again", function()
    works(keeper():login())
    both_dead()
    said = {}
    works(keeper { password = false })
    assert.equal("load lock load save save unlock", table.concat(said, " "))
  end)

  it("has the new refresh token before its use", function()
    works(keeper():login())
    both_dead()
    local save = store.save
    store.save = function(account, text)
      save(account, text)
      said[#said + 1] = #requests(sim, "delegation")
    end
    sim:reset_log()
    said = {}
    works(keeper { password = false })
    -- 1: with the dead access token
    assert.same({ "load", "lock", "load", "save", 1, "save", 2, "unlock" }, said)
  end)

  it("may wait", function()
    for name, f in pairs(store) do
      store[name] = function(...)
        homey.sleep(0.01)
        return f(...)
      end
    end
    works(keeper():login())
    both_dead()
    works(keeper { password = false })
  end)

  it("may wait in a task", function()
    local load, ticks, answer = store.load, 0, nil
    store.load = function(account)
      repeat homey.sleep(0.005) until ticks > 5
      return load(account)
    end
    homey.spawn(function() answer = keeper():get "/api/manager/system/name" end)
    homey.spawn(function()
      while not answer do
        homey.sleep(0.005)
        ticks = ticks + 1
      end
    end)
    homey.run()
    assert.equal("Sunny House", answer)
    assert.is_true(ticks > 5)
  end)

  it("may be locked by another for a while", function()
    works(keeper():login())
    both_dead()
    local lock, times = store.lock, 0
    store.lock = function(account, take)
      times = times + (take and 1 or 0)
      if take and times < 4 then return false end
      return lock(account, take)
    end
    works(keeper { password = false })
    assert.equal(4, times)
  end)

  it("is unlocked when the lock comes too late", function()
    local lock, held, asked, closed = store.lock, 0, nil, nil
    store.lock = function(account, take)
      if take then
        asked = true
        logins.wait_until(function() return closed end)
      end
      local taken = lock(account, take)
      held = held + (take and taken and 1 or take and 0 or -1)
      return taken
    end
    local here = keeper()
    local task = homey.spawn(function() return homey.try(here.login, here) end)
    homey.spawn(function()
      logins.wait_until(function() return asked end)
      here:close()
      closed = true
      task:wait()
      logins.wait_until(function() return said[#said] == "unlock" end)
    end)
    homey.run()
    assert.equal("lock unlock", table.concat(said, " "):match "lock unlock")
    assert.equal(0, held)
  end)

  describe("is released, with its trace,", function()
    local scheduler = Scheduler.shared()

    local function count(map)
      local n = 0
      for _ in pairs(map) do n = n + 1 end
      return n
    end

    local function listeners()
      for _ = 1, 3 do
        collect_all()
        scheduler:step()
      end
      return count(scheduler.listeners)
    end

    -- A home whose store and trace refer to the objects in `weak`.
    local function open(weak)
      local secret = {}
      weak[secret] = true
      return homey.new(logins.options(sim.options, {
        trace = function() return secret end,
        store = {
          load = function() return secret.text end, save = function(_, text) secret.text = text end,
          lock = store.lock,
        },
      }))
    end

    local function close_in_the_middle(here)
      said = {}
      local task = homey.spawn(homey.try, here.login, here)
      while #said == 0 do homey.sleep(0.005) end
      here:close()
      task:wait()
      listeners()
      assert.same({ "lock", "unlock" }, said)
    end

    local function drop(here) here:login() end

    for what, let_go in pairs { ["closed, once it was unlocked"] = close_in_the_middle,
      collected = drop } do
      it("when its home is " .. what, function()
        local before, weak = listeners(), setmetatable({}, { __mode = "k" })
        for _ = 1, 20 do let_go(open(weak)) end
        assert.equal(before, listeners())
        -- a coroutine kept for the next task may refer to one
        assert.is_true(count(weak) <= 2)
      end)
    end
  end)

  it("works without a lock", function()
    store.lock = nil
    works(keeper():login())
    both_dead()
    works(keeper { password = false })
  end)

  it("is shared by two homes that renew once", function()
    works(keeper():login())
    local one, two = keeper { password = false }, keeper { password = false }
    works(one)
    works(two)
    both_dead()
    local count = logins.counter(sim)
    homey.spawn(works, one)
    homey.spawn(works, two)
    homey.run()
    assert.equal(1, count "refreshes")
  end)

  for _, verb in ipairs { "load", "lock" } do
    it("that cannot " .. verb .. " causes an error that says so", function()
      store[verb] = function() error("the keyring is locked", 0) end
      local here = keeper()
      local err = failure(here.login, here)
      assert.same({ "invalid", "store" }, { err.kind, err.step })
      assert.matches("the store could not " .. verb .. " the login: the keyring is locked",
        err.message)
      assert.same({}, logins.routes(sim))
    end)
  end

  it("that cannot save keeps the login in memory, logged once", function()
    store.save = function() error("the keyring is locked", 0) end
    local here = keeper()
    works(here:login())
    works(here)
    both_dead()
    works(here)
    assert.same({ 1, 1 }, { #requests(sim, "token"), #requests(sim, "refresh") })
    assert.is_nil(kept[sim.options.email])
    assert.same({
      "the login cannot be saved yet, and is kept in memory: " ..
        "the store could not save the login: the keyring is locked.",
    }, warnings)
  end)

  it("has the renewed token when the home closes", function()
    works(keeper():login())
    both_dead()
    sim:set { theft_revokes = true }
    sim:fault { kind = "delay", seconds = 0.3, route = "refresh" }
    local here = keeper { password = false }
    local task = homey.spawn(homey.try, works, here)
    while #requests(sim, "refresh") == 0 do homey.sleep(0.01) end
    here:close()
    task:wait()
    sim:clear()
    works(keeper { password = false })
  end)

  it("that returns no text is an error", function()
    store.load = function() return 5 end
    local here = keeper()
    assert.matches("store.load answered a number, not text", failure(here.login, here).message)
  end)

  it("that returns garbage is an error, and stays", function()
    kept[sim.options.email] = "garbage"
    local here = keeper()
    assert.matches("the stored login is damaged, or not a file of homey",
      failure(here.login, here).message)
    assert.equal("garbage", kept[sim.options.email])
  end)

  it("is cleared by a logout", function()
    local here = keeper():login()
    here:logout()
    assert.is_nil(kept[sim.options.email])
  end)
end)
