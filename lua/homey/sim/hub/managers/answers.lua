--- Answers that are only data, by manager and operation: what changes nothing in the home.
local build = require "homey.sim.home.build"

local array = build.array
local answers = {}

local function nothing(call) return call:ok() end

-- Answers a value.
local function value(v)
  return function(call) return call:ok(v) end
end

-- Answers a value, where the list has the item that is named by `parameter`.
local function of_item(list, what, v, parameter)
  return function(call)
    local id = call.args[parameter or "id"]
    if not call:list(list)[id] then return call:not_found(what, id) end
    return call:ok(v)
  end
end

local function of_node(v) return of_item("matternodes", "MatterNode", v) end
local function of_device(v) return of_item("devices", "Device", v, "deviceId") end

local no_entries = array()

---@type table<string, homey.sim.Handlers>
local rows = {
  audio = { playVolumeHint = nothing },
  backup = { scheduleBackup = nothing },
  ble = { runCommand = value {} },
  cloud = { emitOAuth2Callback = nothing, emitWebhookCallback = nothing },
  coprocessor = { getBridges = value {}, getLog = value(no_entries), pairBridge = nothing },
  database = { optimize = nothing },
  devkit = {
    getAppStdOut = value "", getAppUsage = value {}, getUsbMode = value "device",
    installApp = value { session = "devkit" }, runApp = value { session = "devkit" },
    setUsbMode = nothing, startLedringAnimation = value { id = "animation" }, stopApp = nothing,
    stopLedringAnimation = nothing, uninstallApp = nothing,
  },
  ["google-assistant"] = { sync = nothing },
  ledring = {
    getScreensavers = value(array {
      { id = "off", name = "Off" }, { id = "rainbow", name = "Rainbow" },
    }),
  },
  logic = { triggerWebhook = nothing },
  matter = {
    deleteFabric = of_device(nil), getFabrics = of_device(no_entries),
    deleteNodeFabric = of_node(nil), forceNodeUpdate = of_node(nil),
    getNodeAttributes = of_node {}, getNodeAvailableFirmwareUpdate = of_node(nil),
    getNodeFabrics = of_node(no_entries), installNodeAvailableFirmwareUpdate = of_node(nil),
    nodeDiagnosticReport = of_node {}, nodeThreadNetworkInformation = of_node {},
    nodeWiFiNetworkInformation = of_node {}, pingNode = of_node(true),
    resolveNodeAddress = of_node(no_entries),
  },
  mobile = { onMobileEvent = nothing },
  rf = {
    emulate = nothing, record = value { data = no_entries }, replay = nothing,
    set433MHzConfig = nothing, txInfraredProntohex = nothing,
  },
  ["speech-output"] = {
    installVoice = nothing, playVoiceSample = of_item("voices", "Voice", nil), say = nothing,
    uninstallVoice = of_item("voices", "Voice", nil),
  },
  system = {
    delete = nothing, disableWifi = nothing, enableWifi = nothing, reboot = nothing,
    rebootOTA = nothing, rebootRecovery = nothing, sendLog = value { id = "log" },
    setDebug = nothing,
  },
  thread = { getNetworkTopology = value { nodes = no_entries, links = no_entries } },
  updates = {
    abortInstallUpdate = nothing, getUpdates = value(no_entries),
    getWhatsNew = value(no_entries), installUpdate = nothing, setWhatsNewRead = nothing,
  },
  users = {
    grantInstallerAccess = nothing, requestInstallerAccess = nothing,
    revokeInstallerAccess = nothing,
  },
  zigbee = { runCommand = value {} },
  zwave = { runCommand = value {}, updateRegion = nothing },
}

--- The handler of an operation; nil where it is not a row here.
---@param operation homey.api.Operation
---@return (fun(call: homey.sim.Call): homey.sim.Response)?
function answers.handler(operation)
  local manager = rows[operation.manager]
  return manager and manager[operation.operation]
end

return answers
