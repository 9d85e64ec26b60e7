-- All tables of option rows, in the order of the documentation. lua/homey/util/options.lua says
-- what a row is. The annotations (mk/meta/options.lua) and the reference are made from them.
--   { module, the path of the table in what the module returns }

return {
  { "homey.login.options", "rows" },
  { "homey.model.options", "devices" },
  { "homey.model.options", "flows" },
  { "homey.model.options", "cards" },
  { "homey.model.options", "card" },
  { "homey.write.options", "set" },
  { "homey.write.options", "request" },
  { "homey.write.options", "guard" },
  { "homey.manage.options", "confirm" },
  { "homey.manage.options", "new_zone" },
  { "homey.manage.options", "new_variable" },
  { "homey.automation.options", "event" },
  { "homey.automation.options", "trigger" },
  { "homey.automation.options", "wait" },
  { "homey.automation.options", "match" },
  { "homey.automation.options", "wait_list" },
  { "homey.automation.options", "at" },
  { "homey.automation.options", "every" },
  { "homey.automation.options", "after" },
  { "homey.automation.options", "limits" },
  { "homey.sim.cloud.settings", "rows" },
  { "homey.sim.options", "home" },
  { "homey.sim.options", "fail" },
  { "homey.sim.options", "zone" },
  { "homey.sim.options", "device" },
  { "homey.sim.options", "variable" },
  { "homey.sim.options", "flow" },
  { "homey.sim.options", "user" },
}
