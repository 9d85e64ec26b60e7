--- The bodies that the stand-in hub serves, and its configuration: home.lua DIR PORT TLS_PORT
--- IDLE_PORT. 200 devices of about 6.5 kB each, as a hub with talkative apps sends them.
local core = require "homey.core"
local build = require "homey.sim.home.build"

local COUNT, ROOMS = 200, 20
local HOMEY_ID, CHANGED = "4c8e1f7a90b25d36e8f10c47", "2026-03-20T17:05:12.250Z"
local array, null = build.array, core.null

local kinds = {
  { "light", "Lamp",
    { { "dim", 0.6 }, { "light_hue", 0.12 }, { "light_saturation", 0.5 },
      { "light_temperature", 0.7 },
    { "light_mode", "temperature" }, { "measure_power", 7.5 }, { "meter_power", 48.237 },
    { "alarm_battery", false } } },
  { "socket", "Plug",
    { { "measure_power", 12.4 }, { "meter_power", 1048.337 }, { "measure_voltage", 231.2 },
    { "measure_current", 0.05 }, { "alarm_tamper", false }, { "measure_temperature", 31.5 },
    { "button" } } },
  { "thermostat", "Radiator", { { "target_temperature", 20.5 }, { "measure_temperature", 20.1 },
    { "measure_temperature.floor", 23.4 }, { "thermostat_mode", "auto" },
    { "measure_humidity", 47 },
    { "measure_battery", 88 }, { "alarm_battery", false }, { "alarm_contact", false } } },
}

local function uuid(kind, i)
  return ("%08x-%04x-4%03x-8%03x-%012x"):format(i * 2654435761 % 2 ^ 32 // 1, kind, i, i, i)
end
local function room(i) return uuid(1, i) end

local function settings(i)
  local out = {}
  for n = 1, 72 do
    out[("zw_parameter_%d_%d"):format(n, i % 7)] = n % 3 == 0 and (n * i) % 255 or n % 3 == 1
  end
  out.zw_node_id, out.zb_endpoint_descriptors = tostring(i),
    ("profile 0x%04X, endpoints 1, 11, 242"):format(260 + i)
  return out
end

local function device(i)
  local kind = kinds[i % #kinds + 1]
  local capabilities = { { "onoff", i % 2 == 0 } }
  for _, row in ipairs(kind[3]) do
    capabilities[#capabilities + 1] = { row[1], row[2], with = {
      desc = "Wert für Gerät " .. i,
      options = { title = { en = row[1], de = "Wert „" .. row[1] .. "“" } },
      insights = true, insightsTitleTrue = null, insightsTitleFalse = null, iconObj = null,
      decimals = 2,
    } }
  end
  return build.device({
    id = uuid(2, i), name = kind[2] .. " " .. i, zone = room(i % ROOMS), class = kind[1],
    driver = "com.example." .. kind[1] .. ":v2", capabilities = capabilities, changed = CHANGED,
    icon = uuid(3, i),
  }, { settings = settings(i), note = "Line one\nline \"two\" é😀" })
end

local function zones()
  local list = { build.zone(uuid(0, 0), "Home", nil, "home") }
  for i = 0, ROOMS - 1 do
    list[#list + 1] = build.zone(room(i), "Room " .. i, uuid(0, 0), "default")
  end
  return build.by_id(list)
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  file:close()
end

local devices = {}
for i = 0, COUNT - 1 do devices[i + 1] = device(i) end

local dir, port, tls_port, idle_port = ...
local bodies = {
  devices = build.by_id(devices),
  zones = zones(),
  session = {
    id = uuid(4, 1), type = "PAT", scopes = array { "homey" },
    intersectedScopes = array { "homey" },
  },
}
for name, value in pairs(bodies) do write(dir .. "/" .. name .. ".json", core.encode(value)) end

local ids = {}
for i, d in ipairs(devices) do
  ids[i] = d.id
  write(("%s/device/%s.json"):format(dir, d.id), core.encode(d))
end
write(dir .. "/ids", table.concat(ids, "\n") .. "\n")

local names = {
  DIR = dir, PORT = port, TLS_PORT = tls_port, IDLE_PORT = idle_port, HOMEY_ID = HOMEY_ID,
}
local function write_conf(name, text)
  write(dir .. "/" .. name, (text:gsub("@([%u_]+)@", names)))
end

-- The last server closes connections that have been idle, as hubs do.
write_conf("nginx.conf", [[
daemon off; master_process off; worker_processes 1; pid @DIR@/nginx.pid; error_log @DIR@/nginx.log warn;
events { worker_connections 1024; }
http {
  access_log off; tcp_nodelay on; sendfile on; keepalive_timeout 1h; keepalive_requests 1000000000;
  client_body_temp_path @DIR@/body; proxy_temp_path @DIR@/proxy; fastcgi_temp_path @DIR@/fastcgi;
  uwsgi_temp_path @DIR@/uwsgi; scgi_temp_path @DIR@/scgi;
  ssl_certificate @DIR@/hub.crt; ssl_certificate_key @DIR@/hub.key;
  server { listen 127.0.0.1:@PORT@ backlog=1024; listen 127.0.0.1:@TLS_PORT@ ssl backlog=1024; include @DIR@/hub.conf; }
  server { listen 127.0.0.1:@IDLE_PORT@ ssl backlog=1024; keepalive_timeout 200ms; include @DIR@/hub.conf; }
}
]])

write_conf("hub.conf", [[
default_type "application/json; charset=utf-8";
add_header X-Homey-ID @HOMEY_ID@; add_header X-Homey-Version 12.5.0;
location = /api/manager/system/ping { return 200 true; }
location = /api/manager/sessions/session/me { alias @DIR@/session.json; }
location = /api/manager/devices/device { alias @DIR@/devices.json; }
location = /api/manager/devices/device/ { alias @DIR@/devices.json; }
location ~ ^/api/manager/devices/device/[^/]+/capability/ {
  return 200 '{"value":true,"transactionId":"homey-api-f7bad3c8-3db9-4726-b105-81f5a30012c8","transactionTime":1795380558675}';
}
location ~ ^/api/manager/devices/device/([-0-9a-f]+)$ { alias @DIR@/device/$1.json; }
location = /api/manager/zones/zone { alias @DIR@/zones.json; }
location = /api/manager/zones/zone/ { alias @DIR@/zones.json; }
]])
