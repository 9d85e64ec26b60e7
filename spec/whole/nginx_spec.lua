-- nginx with http-lua, as OpenResty has it: replaces Lua's coroutine functions in each request and
-- timer. Its own LuaJIT loads the module: not under Valgrind.
local core = require "homey.core"
local debian = require "spec.support.debian"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local conf = [[
load_module ROOT/usr/lib/nginx/modules/ndk_http_module.so;
load_module ROOT/usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off;
master_process off;
pid FOLDER/pid;
error_log stderr notice;
events {}
http {
  access_log off;
  client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi;
  lua_package_path 'HERE/lua/?.lua;HERE/lua/?/init.lua;ROOT/usr/share/lua/5.1/?.lua;;';
  lua_package_cpath 'HERE/build/jit/?.so;;';
  init_worker_by_lua_file FOLDER/worker.lua;
}
]]

-- Each step has its own timer, so a task starts in one coroutine of nginx and continues in another.
local worker = [[
local homey = require "homey"

local function tell(...)
  local file = io.open(%q, "a")
  file:write(table.concat({ ... }, " "), "\n")
  file:close()
end

ngx.timer.at(0, function()
  local home = homey.new { address = %q, token = %q, cafile = %q, state_dir = false }
  local lamp, heard, told = home:device "Kitchen/Lamp", 0, false
  lamp:set("onoff", true)
  lamp:on("dim", function()
    homey.sleep(0.05)
    heard = heard + 1
    tell("dim", heard)
  end)
  ngx.timer.every(0.02, function()
    home:step()
    if home.connected and not told then
      told = true
      tell "connected"
    end
  end)
end)
]]

-- The Lua of nginx is LuaJIT, whichever Lua runs this spec.
describe("in nginx", function()
  local folder, process, sim

  setup(function()
    sim = support.start()
    folder = logins.folder()
    logins.shell("mkdir -m 700 " .. logins.quoted(folder))
  end)
  teardown(function()
    if process then os.execute("kill " .. process) end
    support.stop()
    logins.tidy()
  end)

  local function said()
    local file = io.open(folder .. "/said")
    local text = file and file:read "*a" or ""
    if file then file:close() end
    return text
  end

  local function wait_for(text)
    for _ = 1, 3000 * logins.slow do
      if said():find(text, 1, true) then return end
      if not os.execute("kill -0 " .. process .. " 2>/dev/null") then break end
      core.pause(0.01)
    end
    local log = io.open(folder .. "/log")
    error("not said: " .. text .. "\n" .. said() .. (log and log:read "*a" or ""))
  end

  it("delivers six events to handlers that wait", function()
    local why = debian.missing()
    if why then return pending(why) end
    local root = debian.unpacked("nginx-lua",
      "nginx libnginx-mod-http-ndk libnginx-mod-http-lua lua-resty-core lua-resty-lrucache "
      .. "libluajit2-5.1-2 libpcre3 libpcre2-8-0")
    local pwd = io.popen "pwd"
    local here = pwd:read "*l"
    pwd:close()
    local function write(name, text)
      local file = assert(io.open(folder .. "/" .. name, "w"))
      file:write(text)
      file:close()
    end
    write("worker.lua",
      worker:format(folder .. "/said", sim.pat_options.address, sim.pat_options.token, sim.cafile))
    write("nginx.conf", (conf:gsub("%u%u%u%u+", { ROOT = root, FOLDER = folder, HERE = here })))
    local libraries = ("$(ls -d %s/usr/lib/*-linux-* %s/lib/*-linux-* 2>/dev/null | tr '\\n' :)")
      :format(root, root)
    local command =
      "env -u LD_PRELOAD LD_LIBRARY_PATH=%s %s/usr/sbin/nginx -p %s -c %s/nginx.conf >%s/log 2>&1 "
        .. "</dev/null & echo $!"
    local pipe = io.popen(command:format(libraries, root, folder, folder, folder))
    process = pipe:read "*l"
    pipe:close()
    wait_for "connected"
    local lamp = sim:device "Kitchen/Lamp"
    for i = 1, 6 do
      sim:operate(lamp.id, "dim", i / 10)
      wait_for("dim " .. i)
    end
    assert.equal(true, sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
  end)
end)
