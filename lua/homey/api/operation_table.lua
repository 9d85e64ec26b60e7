-- Public operations of the hub: a text for each manager, a line for each variant of an operation.
-- Made by mk/tables/operations.lua from mk/tables/*.tsv: change those, then `make operations`.
-- luacheck: no max line length
--
-- A line: operation, method, path below the manager, platforms, 1 when it may go over a websocket,
-- what it does to which item or "-", then its parameters as name:place:type:required[:root](members).

return {
  ["alarms"] = [[
createAlarm POST /alarm v2 1 createOne:Alarm alarm:body:any:1:root
createAlarm POST /alarm v3l 1 createOne:Alarm alarm:body:object:1:root(name:string:0,time:string:0,enabled:boolean:0,repetition:object:0)
deleteAlarm DELETE /alarm/:id v2,v3l 1 deleteOne:Alarm id:path:string:1
getAlarm GET /alarm/:id v2,v3l 1 getOne:Alarm id:path:string:1
getAlarms GET /alarm v2,v3l 1 getAll:Alarm
updateAlarm PUT /alarm/:id v2 1 updateOne:Alarm id:path:string:1 alarm:body:any:1:root
updateAlarm PUT /alarm/:id v3l 1 updateOne:Alarm id:path:string:1 alarm:body:object:1:root(name:string:0,time:string:0,enabled:boolean:0,repetition:object:0)
]],
  ["api"] = [[
getState GET /state v3l,v3c 1 -
]],
  ["apps"] = [[
disableApp PUT /app/:id/disable v2,v3l 1 - id:path:string:1
enableApp PUT /app/:id/enable v2,v3l 1 - id:path:string:1
garbageCollectApp POST /app/:id/gc v2 1 - id:path:string:1
getApp GET /app/:id v2,v3l,v3c 1 getOne:App id:path:string:1
getAppLocales GET /app/:id/locale v2,v3l 1 - id:path:string:1
getAppSetting GET /app/:id/setting/:name v2,v3l,v3c 1 - id:path:string:1 name:path:string:1
getAppSettings GET /app/:id/setting v2 1 - id:path:string:1
getAppSettings GET /app/:id/setting v3l,v3c 1 getOne:AppSettings id:path:string:1
getAppStd POST /app/:id/crashlog v2 1 - id:path:string:1 message:body:string:0
getAppStd POST /app/:id/crashlog v3l,v3c 1 - id:path:string:1 message:body:string:1
getAppUsage GET /app/:id/usage v3l 1 - id:path:string:1
getApps GET /app v2,v3l,v3c 1 getAll:App
getState GET /state v3l,v3c 1 -
installFromAppStore POST /store/ v2 1 - id:body:string:1 channel:body:string:0 version:body:string:0
installFromAppStore POST /store v3l 1 - id:body:string:1 channel:body:string:0 version:body:string:0 waitForInstall:body:boolean:0
installFromAppStore POST /store v3c 1 - id:body:string:1 channel:body:string:0
restartApp POST /app/:id/restart v2,v3l 1 - id:path:string:1
setAppSetting PUT /app/:id/setting/:name v2,v3l,v3c 1 - id:path:string:1 name:path:string:1 value:body:any:1
uninstallApp DELETE /app/:id v2 1 - id:path:string:1 purgeSettings:query:string:0
uninstallApp DELETE /app/:id v3l,v3c 1 - id:path:string:1
unsetAppSetting DELETE /app/:id/setting/:name v2,v3l,v3c 1 - id:path:string:1 name:path:string:1
updateApp PUT /app/:id v2 1 updateOne:App id:path:string:1 app:body:any:1:root
updateApp PUT /app/:id v3l 1 updateOne:App id:path:string:1 app:body:object:1:root(autoupdate:boolean:0)
]],
  ["arp"] = [[
getState GET /state v3l 1 -
]],
  ["audio"] = [[
getOptionVolume GET /option/volume v2 1 -
playVolumeHint POST /volume-hint/ v2 1 -
setOptionVolume PUT /option/volume v2 1 - value:body:number:1
unsetOptionVolume DELETE /option/volume v2 1 -
]],
  ["backup"] = [[
getOptionAutomaticBackupsEnabled GET /option/automaticBackupsEnabled v2,v3l 1 -
getOptionLastSuccessfulBackup GET /option/lastSuccessfulBackup v2,v3l 1 -
getState GET /state v2,v3l 1 -
scheduleBackup POST /backup/ v2 1 -
scheduleBackup POST /backup v3l 1 -
setOptionAutomaticBackupsEnabled PUT /option/automaticBackupsEnabled v2 1 - value:body:boolean:1
setOptionAutomaticBackupsEnabled PUT /option/automaticBackupsEnabled v3l 1 - value:body:any:1
setOptionLastSuccessfulBackup PUT /option/lastSuccessfulBackup v2 1 - value:body:string:1
setOptionLastSuccessfulBackup PUT /option/lastSuccessfulBackup v3l 1 - value:body:any:1
unsetOptionAutomaticBackupsEnabled DELETE /option/automaticBackupsEnabled v2,v3l 1 -
unsetOptionLastSuccessfulBackup DELETE /option/lastSuccessfulBackup v2,v3l 1 -
]],
  ["ble"] = [[
getState GET /state v2,v3l,v3c 1 -
runCommand POST /command v2,v3l,v3c 1 - command:body:string:1 opts:body:object:0
]],
  ["clock"] = [[
getState GET /state v3l,v3c 1 -
]],
  ["cloud"] = [[
emitOAuth2Callback POST /oauth2-callback v3c 1 - app:query:string:0 code:body:string:0 token:body:string:0
emitWebhookCallback POST /webhook/:id/callback v3c 1 - id:path:string:1 args:body:object:0
getState GET /state v2,v3l,v3c 1 -
]],
  ["coprocessor"] = [[
getBridges GET /bridge v3l,v3c 1 -
getLog GET /bridge/log v3c 1 -
getState GET /state v3l,v3c 1 -
pairBridge POST /bridge v3l,v3c 1 - serialHash:body:string:1
]],
  ["cron"] = [[
getState GET /state v3l,v3c 1 -
]],
  ["dashboards"] = [[
createDashboard POST /dashboard v3l,v3c 1 createOne:Dashboard dashboard:body:object:1:root(name:string:1,columns:array:1)
deleteDashboard DELETE /dashboard/:id v3l,v3c 1 deleteOne:Dashboard id:path:string:1
getAppWidget GET /appwidget/:id v3l,v3c 1 getOne:AppWidget id:path:string:1
getAppWidgetAutocomplete GET /appwidget/:id/autocomplete v3l,v3c 1 - id:path:string:1 query:query:string:1 settingId:query:string:1 settings:query:object:0
getAppWidgets GET /appwidget v3l,v3c 1 getAll:AppWidget
getDashboard GET /dashboard/:id v3l,v3c 1 getOne:Dashboard id:path:string:1
getDashboards GET /dashboard v3l,v3c 1 getAll:Dashboard
getState GET /state v3l,v3c 1 -
getWidgetStore GET /widgetstore/:id v3l,v3c 1 getOne:WidgetStore id:path:string:1
getWidgetStoreState GET /widgetstore/:id/state v3l,v3c 1 - id:path:string:1
getWidgetStores GET /widgetstore v3l,v3c 1 getAll:WidgetStore
setWidgetStoreState POST /widgetstore/:id/state v3l,v3c 1 - id:path:string:1 state:body:object:1 replace:body:boolean:0
updateDashboard PUT /dashboard/:id v3l,v3c 1 updateOne:Dashboard id:path:string:1 dashboard:body:object:1:root(name:string:0,columns:array:0)
]],
  ["database"] = [[
getState GET /state v3l,v3c 1 -
optimize POST /optimize v2 1 -
]],
  ["devices"] = [[
createGroup POST /group v3l,v3c 1 - group:body:object:1:root(name:string:1,class:string:1,zoneId:string:1,deviceIds:array:1,iconOverride:string:0,iconDeviceId:string:0)
deleteDevice DELETE /device/:id v2,v3l,v3c 1 deleteOne:Device id:path:string:1
deleteDeviceFromGroup DELETE /group/:groupId/device/:deviceId v3l,v3c 1 - groupId:path:string:1 deviceId:path:string:1
getCapabilities GET /capability v2 1 getAll:Capability
getCapability GET /capability/:uri/:id v2 1 getOne:Capability uri:path:string:1 id:path:string:1
getCapabilityValue GET /device/:deviceId/capability/:capabilityId v3l,v3c 1 - deviceId:path:string:1 capabilityId:path:string:1
getDevice GET /device/:id v2,v3l,v3c 1 getOne:Device id:path:string:1
getDeviceSettingsObj GET /device/:id/settings_obj v2,v3l,v3c 1 - id:path:string:1
getDevices GET /device/ v2 1 getAll:Device
getDevices GET /device v3l,v3c 1 getAll:Device
getState GET /state v3l,v3c 1 -
hideDeviceFromExternalService PUT /device/:id/external-service-hide v3c 1 - id:path:string:1 service:body:string:1
setCapabilityValue PUT /device/:deviceId/capability/:capabilityId v2 1 - deviceId:path:string:1 capabilityId:path:string:1 value:body:any:1 opts:body:any:0 transactionId:body:any:0
setCapabilityValue PUT /device/:deviceId/capability/:capabilityId v3l,v3c 1 - deviceId:path:string:1 capabilityId:path:string:1 value:body:string|number|boolean:1 opts:body:object:0 transactionId:body:string:0
setDeviceSettings PUT /device/:id/settings v2 1 - id:path:string:1 settings:body:any:1:root
setDeviceSettings PUT /device/:id/settings v3l,v3c 1 - id:path:string:1 settings:body:object:1:root
unhideDeviceFromExternalService PUT /device/:id/external-service-unhide v3c 1 - id:path:string:1 service:body:string:1
updateDevice PUT /device/:id v2 1 updateOne:Device id:path:string:1 device:body:any:1:root
updateDevice PUT /device/:id v3l,v3c 1 updateOne:Device id:path:string:1 device:body:object:1:root(name:string:0,zone:string:0,note:string:0,iconOverride:string:0,virtualClass:string:0,uiIndicator:string:0,hidden:boolean:0)
updateGroup PUT /group/:id v3l,v3c 1 - id:path:string:1 group:body:object:1:root(name:string:0,deviceIds:array:0,iconOverride:string:0,iconDeviceId:string:0)
]],
  ["devkit"] = [[
getAppStdOut GET /std/:session v2,v3l 1 - session:path:string:1
getAppUsage GET /usage v2 1 -
getState GET /state v3l,v3c 1 -
getUsbMode GET /usb/ v2 1 -
installApp POST /app v3l,v3c 1 - manifest:body:object:1 clean:body:boolean:0
runApp POST / v2 0 - app:formData:string:1 debug:formData:string:1 env:formData:string:1 purgeSettings:formData:string:1
setUsbMode PUT /usb/ v2 1 - os:body:string:1
startLedringAnimation POST /ledring v2 1 - animation:body:any:1:root
stopApp DELETE /:session v2,v3l 1 - session:path:string:1
stopLedringAnimation DELETE /ledring v2 1 - animation_id:query:string:1
uninstallApp DELETE /app/:sessionId v3l,v3c 1 - sessionId:path:string:1
]],
  ["discovery"] = [[
getState GET /state v3l 1 -
]],
  ["drivers"] = [[
createPairSession POST /pairsession v2 1 createOne:PairSession pairsession:body:any:1:root
createPairSession POST /pairsession v3l,v3c 1 createOne:PairSession pairsession:body:object:1:root(type:string:1,driverId:string:1,deviceId:string:0,zoneId:string:0)
createPairSessionDevice POST /pairsession/:id/device v2 1 - id:path:string:1 device:body:any:1:root
createPairSessionDevice POST /pairsession/:id/device v3l,v3c 1 - id:path:string:1 device:body:object:1:root(name:string:0,data:any:1,zone:string:0,store:object:0,capabilities:array:0,capabilitiesOptions:object:0,class:string:0,icon:string:0,iconOverride:string:0,settings:object:0,energy:object:0)
deletePairSession DELETE /pairsession/:id v2,v3l,v3c 1 deleteOne:PairSession id:path:string:1
deletePairSessionDevice DELETE /pairsession/:id/device v2,v3l,v3c 1 - id:path:string:1
emitPairingCallback POST /pairsession/:id/callback v2 1 - id:path:string:1 callbackId:body:string:1 data:body:object:0
emitPairingCallback POST /pairsession/:id/callback v3l,v3c 1 - id:path:string:1 callbackId:body:string:1 data:body:any:0
emitPairingEvent POST /pairsession/:id/emit v2 1 - id:path:string:1 data:body:any:1 event:body:string:1
emitPairingEvent POST /pairsession/:id/emit v3l,v3c 1 - id:path:string:1 event:body:string:1 data:body:any:0
emitPairingHeartbeat POST /pairsession/:id/heartbeat v2,v3l,v3c 1 - id:path:string:1
getDriver GET /driver/:uri/:id v2 1 getOne:Driver uri:path:string:1 id:path:string:1
getDriver GET /driver/:id v3l 1 getOne:Driver id:path:string:1
getDrivers GET /driver v2,v3l,v3c 1 getAll:Driver
getPairSession GET /pairsession/:id v2,v3l,v3c 1 getOne:PairSession id:path:string:1
getPairSessions GET /pairsession v2 1 getAll:PairSession
getState GET /state v3l,v3c 1 -
]],
  ["energy"] = [[
deleteReports DELETE /reports v3l,v3c 1 -
fetchDynamicElectricityPrices GET /price/electricity/dynamic v3l,v3c 1 - date:query:string:1
getCurrency GET /currency v3l,v3c 1 -
getDynamicElectricityPriceUserCosts GET /price/electricity/dynamic/user-costs v3l,v3c 1 -
getDynamicPricesElectricityZone GET /price/electricity/dynamic/zone v3l,v3c 1 -
getDynamicPricesElectricityZones GET /price/electricity/dynamic/zones v3l,v3c 1 -
getElectricityPriceType GET /price/electricity/type v3l,v3c 1 -
getLiveReport GET /live v2,v3l,v3c 1 - zone:query:string:0
getOptionCurrency GET /option/currency v2 1 -
getOptionElectricityPriceDynamicPreferredInterval GET /option/electricityPriceDynamicPreferredInterval v3c 1 -
getOptionElectricityPriceFixed GET /option/electricityPriceFixed v3l,v3c 1 -
getOptionGasPriceFixed GET /option/gasPriceFixed v3l,v3c 1 -
getOptionKWhCost GET /option/kWhCost v2 1 -
getOptionWaterPriceFixed GET /option/waterPriceFixed v3l,v3c 1 -
getReportDay GET /report/day v3l,v3c 1 - date:query:string:1 cache:query:string:0
getReportMonth GET /report/month v3l,v3c 1 - yearMonth:query:string:1 cache:query:string:0
getReportWeek GET /report/week v3l,v3c 1 - isoWeek:query:string:1 cache:query:string:0
getReportYear GET /report/year v3l,v3c 1 - year:query:string:1 cache:query:string:0
getReportsAvailable GET /reports/available v3l,v3c 1 -
getState GET /state v3l,v3c 1 -
resetReportDayCategories PUT /report/day/reset/categories v3l,v3c 1 - options:body:object:1(date:string:0,categories:array:0,deviceIds:array:0)
setDynamicElectricityPriceUserCosts PUT /price/electricity/dynamic/user-costs v3l,v3c 1 - mathExpression:body:string:1 type:body:string:0
setDynamicPricesElectricityZone PUT /price/electricity/dynamic/zone v3l 1 - options:body:object:1(zoneId:string:0,zoneVersion:string:0,priceInterval:string:0)
setDynamicPricesElectricityZone PUT /price/electricity/dynamic/zone v3c 1 - options:body:object:1(zoneId:string:0,zoneVersion:string:0,zoneName:string:0,zoneCountryKey:string:0)
setElectricityPriceType PUT /price/electricity/:type v3l,v3c 1 - type:path:string:1
setOptionCurrency PUT /option/currency v2 1 - value:body:string:1
setOptionElectricityPriceDynamicPreferredInterval PUT /option/electricityPriceDynamicPreferredInterval v3c 1 - value:body:any:1
setOptionElectricityPriceFixed PUT /option/electricityPriceFixed v3l,v3c 1 - value:body:any:1
setOptionGasPriceFixed PUT /option/gasPriceFixed v3l,v3c 1 - value:body:any:1
setOptionKWhCost PUT /option/kWhCost v2 1 - value:body:number:1
setOptionWaterPriceFixed PUT /option/waterPriceFixed v3l,v3c 1 - value:body:any:1
unsetDynamicElectricityPriceUserCosts DELETE /price/electricity/dynamic/user-costs v3l,v3c 1 -
unsetOptionCurrency DELETE /option/currency v2 1 -
unsetOptionElectricityPriceDynamicPreferredInterval DELETE /option/electricityPriceDynamicPreferredInterval v3c 1 -
unsetOptionElectricityPriceFixed DELETE /option/electricityPriceFixed v3l,v3c 1 -
unsetOptionGasPriceFixed DELETE /option/gasPriceFixed v3l,v3c 1 -
unsetOptionKWhCost DELETE /option/kWhCost v2 1 -
unsetOptionWaterPriceFixed DELETE /option/waterPriceFixed v3l,v3c 1 -
]],
  ["energydongle"] = [[
getOptionPhaseLoadNotificationSettings GET /option/phaseLoadNotificationSettings v3l,v3c 1 -
setOptionPhaseLoadNotificationSettings PUT /option/phaseLoadNotificationSettings v3l,v3c 1 - value:body:any:1
unsetOptionPhaseLoadNotificationSettings DELETE /option/phaseLoadNotificationSettings v3l,v3c 1 -
]],
  ["experiments"] = [[
disableExperiment PUT /experiment/:id/disable v2,v3l 1 - id:path:string:1
enableExperiment PUT /experiment/:id/enable v2,v3l 1 - id:path:string:1
getExperiments GET /experiment v2,v3l 1 -
getState GET /state v3l 1 -
]],
  ["flow"] = [[
createAdvancedFlow POST /advancedflow v2,v3l,v3c 1 createOne:AdvancedFlow advancedflow:body:any:1:root
createFlow POST /flow v2 1 createOne:Flow flow:body:any:1:root
createFlow POST /flow v3l,v3c 1 createOne:Flow flow:body:object:1:root(name:string:1,folder:string:0,enabled:boolean:0,trigger:object:1,conditions:array:1,actions:array:1)
createFlowFolder POST /flowfolder v2 1 createOne:FlowFolder flowfolder:body:any:1:root
createFlowFolder POST /flowfolder v3l,v3c 1 createOne:FlowFolder flowfolder:body:object:1:root(name:string:1,parent:string:0)
deleteAdvancedFlow DELETE /advancedflow/:id v2,v3l,v3c 1 deleteOne:AdvancedFlow id:path:string:1
deleteFlow DELETE /flow/:id v2,v3l,v3c 1 deleteOne:Flow id:path:string:1
deleteFlowFolder DELETE /flowfolder/:id v2,v3l,v3c 1 deleteOne:FlowFolder id:path:string:1
getAdvancedFlow GET /advancedflow/:id v2,v3l,v3c 1 getOne:AdvancedFlow id:path:string:1
getAdvancedFlows GET /advancedflow v2,v3l,v3c 1 getAll:AdvancedFlow
getFlow GET /flow/:id v2,v3l,v3c 1 getOne:Flow id:path:string:1
getFlowCardAction GET /flowcardaction/:uri/:id v2,v3l,v3c 1 getOne:FlowCardAction uri:path:string:1 id:path:string:1
getFlowCardActions GET /flowcardaction v2,v3l,v3c 1 getAll:FlowCardAction
getFlowCardAutocomplete GET /:type/:uri/:id/autocomplete v2 1 - type:path:string:1 uri:path:string:1 id:path:string:1 name:query:string:1 query:query:string:1 args:query:string:0
getFlowCardAutocomplete GET /:type/:uri/:id/autocomplete v3l,v3c 1 - type:path:string:1 uri:path:string:1 id:path:string:1 name:query:string:1 query:query:string:1 args:query:object:0
getFlowCardCondition GET /flowcardcondition/:uri/:id v2,v3l,v3c 1 getOne:FlowCardCondition uri:path:string:1 id:path:string:1
getFlowCardConditions GET /flowcardcondition v2,v3l,v3c 1 getAll:FlowCardCondition
getFlowCardTrigger GET /flowcardtrigger/:uri/:id v2,v3l,v3c 1 getOne:FlowCardTrigger uri:path:string:1 id:path:string:1
getFlowCardTriggers GET /flowcardtrigger v2,v3l,v3c 1 getAll:FlowCardTrigger
getFlowFolder GET /flowfolder/:id v2,v3l,v3c 1 getOne:FlowFolder id:path:string:1
getFlowFolders GET /flowfolder v2,v3l,v3c 1 getAll:FlowFolder
getFlows GET /flow v2,v3l,v3c 1 getAll:Flow
getState GET /state v3l,v3c 1 -
runFlowCardAction POST /flowcardaction/:uri/:id/run v2,v3l,v3c 1 - uri:path:string:1 id:path:string:1 args:body:object:0 droptoken:body:string:0 duration:body:number:0 state:body:object:0 tokens:body:object:0
runFlowCardCondition POST /flowcardcondition/:uri/:id/run v2,v3l,v3c 1 - uri:path:string:1 id:path:string:1 args:body:object:0 droptoken:body:string:0 state:body:object:0 tokens:body:object:0
shareFlow POST /flow/:id/share v2,v3l,v3c 1 - id:path:string:1
testFlow POST /flow/test v2 1 - flow:body:any:1 tokens:body:object:1 sessionId:body:string:0
testFlow POST /flow/test v3l,v3c 1 - flow:body:object:1(trigger:object:1,conditions:array:1,actions:array:1) sessionId:body:string:1 tokens:body:object:1
triggerAdvancedFlow POST /advancedflow/:id/trigger v2 1 - id:path:string:1 state:body:any:0:root
triggerAdvancedFlow POST /advancedflow/:id/trigger v3l,v3c 1 - id:path:string:1
triggerFlow POST /flow/:id/trigger v2 1 - id:path:string:1 state:body:any:0:root
triggerFlow POST /flow/:id/trigger v3l,v3c 1 - id:path:string:1
updateAdvancedFlow PUT /advancedflow/:id v2,v3l,v3c 1 updateOne:AdvancedFlow id:path:string:1 advancedflow:body:any:1:root
updateFlow PUT /flow/:id v2 1 updateOne:Flow id:path:string:1 flow:body:any:1:root
updateFlow PUT /flow/:id v3l,v3c 1 updateOne:Flow id:path:string:1 flow:body:object:1:root(name:string:0,folder:string:0,enabled:boolean:0,trigger:object:0,conditions:array:0,actions:array:0)
updateFlowFolder PUT /flowfolder/:id v2 1 updateOne:FlowFolder id:path:string:1 flowfolder:body:any:1:root
updateFlowFolder PUT /flowfolder/:id v3l,v3c 1 updateOne:FlowFolder id:path:string:1 flowfolder:body:object:1:root(name:string:0,parent:string:0)
]],
  ["flowtoken"] = [[
getFlowToken GET /flowtoken/:uri/:id v2 1 getOne:FlowToken uri:path:string:1 id:path:string:1
getFlowToken GET /flowtoken/:id v3l,v3c 1 getOne:FlowToken id:path:string:1
getFlowTokenValue GET /flowtoken/:id/value v3l,v3c 1 - id:path:string:1
getFlowTokens GET /flowtoken v2,v3l,v3c 1 getAll:FlowToken
getState GET /state v3l,v3c 1 -
]],
  ["geolocation"] = [[
getOptionAddress GET /option/address v3l,v3c 1 -
getOptionLocation GET /option/location v2,v3l,v3c 1 -
getOptionMode GET /option/mode v2 1 -
getState GET /state v3l,v3c 1 -
setOptionAddress PUT /option/address v3l,v3c 1 - value:body:any:1
setOptionLocation PUT /option/location v2 1 - value:body:object:1
setOptionLocation PUT /option/location v3l,v3c 1 - value:body:any:1
setOptionMode PUT /option/mode v2 1 - value:body:string:1
unsetOptionAddress DELETE /option/address v3l,v3c 1 -
unsetOptionLocation DELETE /option/location v2,v3l,v3c 1 -
unsetOptionMode DELETE /option/mode v2 1 -
]],
  ["google-assistant"] = [[
getOptionEnabled GET /option/enabled v2,v3l 1 -
getOptionPinCode GET /option/pinCode v3l,v3c 1 -
getState GET /state v3l,v3c 1 -
setOptionEnabled PUT /option/enabled v2 1 - value:body:boolean:1
setOptionEnabled PUT /option/enabled v3l 1 - value:body:any:1
setOptionPinCode PUT /option/pinCode v3l,v3c 1 - value:body:any:1
sync POST /sync v2,v3l 1 -
unsetOptionEnabled DELETE /option/enabled v2,v3l 1 -
unsetOptionPinCode DELETE /option/pinCode v3l,v3c 1 -
]],
  ["i18n"] = [[
getOptionLanguage GET /option/language v2,v3l,v3c 1 -
getOptionUnits GET /option/units v2,v3l,v3c 1 -
getState GET /state v3l,v3c 1 -
setOptionLanguage PUT /option/language v2 1 - value:body:string:1
setOptionLanguage PUT /option/language v3l,v3c 1 - value:body:any:1
setOptionUnits PUT /option/units v2 1 - value:body:string:1
setOptionUnits PUT /option/units v3l,v3c 1 - value:body:any:1
unsetOptionLanguage DELETE /option/language v2,v3l,v3c 1 -
unsetOptionUnits DELETE /option/units v2,v3l,v3c 1 -
]],
  ["icons"] = [[
getState GET /state v3l,v3c 1 -
]],
  ["images"] = [[
getImage GET /image/:id v2 1 getOne:Image id:path:string:1
getImages GET /image v2,v3l,v3c 1 getAll:Image
getState GET /state v3l,v3c 1 -
]],
  ["insights"] = [[
deleteLog DELETE /log/:uri/:id v2,v3l,v3c 1 deleteOne:Log uri:path:string:1 id:path:string:1
deleteLogEntries DELETE /log/:uri/:id/entry v2,v3l,v3c 1 - uri:path:string:1 id:path:string:1
deleteLogs DELETE /log/ v2 1 -
getLog GET /log/:uri/:id v2 1 getOne:Log uri:path:string:1 id:path:string:1
getLog GET /log/:id v3l,v3c 1 getOne:Log id:path:string:1
getLogEntries GET /log/:uri/:id/entry v2,v3l,v3c 1 - uri:path:string:1 id:path:string:1 resolution:query:string:0
getLogs GET /log/ v2 1 getAll:Log
getLogs GET /log v3l,v3c 1 getAll:Log
getState GET /state v3l,v3c 1 -
getStorageInfo GET /storage v2 1 -
updateLog PUT /log/:uri/:id v2 1 updateOne:Log uri:path:string:1 id:path:string:1 log:body:any:1:root
]],
  ["ledring"] = [[
getOptionBrightness GET /option/brightness v2 1 -
getOptionScreensaver GET /option/screensaver v2,v3l 1 -
getScreensavers GET /screensaver/ v2 1 -
getScreensavers GET /screensaver v3l 1 -
getState GET /state v2,v3l 1 -
setOptionBrightness PUT /option/brightness v2 1 - value:body:number:1
setOptionScreensaver PUT /option/screensaver v2 1 - value:body:object:1
setOptionScreensaver PUT /option/screensaver v3l 1 - value:body:any:1
unsetOptionBrightness DELETE /option/brightness v2 1 -
unsetOptionScreensaver DELETE /option/screensaver v2,v3l 1 -
]],
  ["logic"] = [[
createVariable POST /variable/ v2 1 createOne:Variable variable:body:any:1:root
createVariable POST /variable v3l,v3c 1 createOne:Variable variable:body:object:1:root(name:string:1,type:string:1,value:string|number|boolean:1)
deleteVariable DELETE /variable/:id v2,v3l,v3c 1 deleteOne:Variable id:path:string:1
getState GET /state v3l,v3c 1 -
getVariable GET /variable/:id v2,v3l,v3c 1 getOne:Variable id:path:string:1
getVariables GET /variable v2,v3l,v3c 1 getAll:Variable
triggerWebhook GET /webhook/:event v2 1 - event:path:string:0 tag:query:string:0
updateVariable PUT /variable/:id v2 1 updateOne:Variable id:path:string:1 variable:body:any:1:root
updateVariable PUT /variable/:id v3l,v3c 1 updateOne:Variable id:path:string:1 variable:body:object:1:root(name:string:0,value:string|number|boolean:0)
]],
  ["matter"] = [[
deleteFabric POST /delete-fabric v3l 1 - deviceId:body:string:1 fabricIndex:body:number:1
deleteMatterNode DELETE /node/:id v3l 1 deleteOne:MatterNode id:path:string:1
deleteNodeFabric DELETE /node/:id/fabric/:fabricIndex v3l 1 - id:path:string:1 fabricIndex:path:number:1
forceNodeUpdate POST /node/:id/force-update v3l 1 - id:path:string:1
getFabrics GET /fabrics v3l 1 - deviceId:query:string:1
getMatterNode GET /node/:id v3l 1 getOne:MatterNode id:path:string:1
getMatterNodes GET /nodes v3l 1 getAll:MatterNode
getNodeAttributes GET /node/:id/attributes v3l 1 - id:path:string:1
getNodeAvailableFirmwareUpdate GET /node/:id/firmware-update v3l 1 - id:path:string:1
getNodeFabrics GET /node/:id/fabrics v3l 1 - id:path:string:1
getOptionPaaSettings GET /option/paaSettings v3l 1 -
getState GET /state v3l 1 -
installNodeAvailableFirmwareUpdate POST /node/:id/firmware-update v3l 1 - id:path:string:1 softwareVersion:body:number:1
nodeDiagnosticReport POST /node/:id/diagnostic-report v3l 1 - id:path:string:1
nodeThreadNetworkInformation GET /node/:id/thread-network v3l 1 - id:path:string:1
nodeWiFiNetworkInformation GET /node/:id/wifi-network v3l 1 - id:path:string:1
pingNode POST /node/:id/ping v3l 1 - id:path:string:1
resolveNodeAddress POST /node/:id/resolve-address v3l 1 - id:path:string:1
setOptionPaaSettings PUT /option/paaSettings v3l 1 - value:body:any:1
unsetOptionPaaSettings DELETE /option/paaSettings v3l 1 -
]],
  ["mobile"] = [[
getState GET /state v3l,v3c 1 -
getSummary GET /summary v2 1 -
onMobileEvent POST /event v3c 1 - data:body:any:1 deviceId:body:string:1 event:body:string:1 secret:body:string:1 userId:body:string:1 timestamp:body:string:0
]],
  ["moods"] = [[
createMood POST /mood v3l,v3c 1 createOne:Mood mood:body:object:1:root(name:string:1,devices:object:1,preset:string:0)
deleteMood DELETE /mood/:id v3l,v3c 1 deleteOne:Mood id:path:string:1
getMood GET /mood/:id v3l,v3c 1 getOne:Mood id:path:string:1
getMoods GET /mood v3l,v3c 1 getAll:Mood
getState GET /state v3l,v3c 1 -
setMood POST /mood/:id/set v3l,v3c 1 - id:path:string:1
updateMood PUT /mood/:id v3l,v3c 1 updateOne:Mood id:path:string:1 mood:body:object:1:root(name:string:0,devices:object:0,preset:string:0)
]],
  ["notifications"] = [[
deleteNotification DELETE /notification/:id v2,v3l,v3c 1 deleteOne:Notification id:path:string:1
deleteNotifications DELETE /notification v2,v3l,v3c 1 - ownerUri:query:string:0
getNotification GET /notification/:id v2 1 getOne:Notification id:path:string:1
getNotifications GET /notification/ v2 1 getAll:Notification
getNotifications GET /notification v3l,v3c 1 getAll:Notification
getOwners GET /owner v2,v3l,v3c 1 -
getState GET /state v3l,v3c 1 -
setNotificationRead POST /notification/:id/read v2 1 - id:path:string:1
setOwnerEnabled PUT /owner/:uri/enabled v2,v3l,v3c 1 - uri:path:string:1 enabled:body:boolean:1
setOwnerPush PUT /owner/:uri/push v2,v3l,v3c 1 - uri:path:string:1 push:body:boolean:1
]],
  ["presence"] = [[
getAsleep GET /:id/asleep v2,v3l,v3c 1 - id:path:string:1
getPresent GET /:id/present v2,v3l,v3c 1 - id:path:string:1
getState GET /state v3l,v3c 1 -
setAsleep PUT /:id/asleep v2 1 - id:path:string:1 value:body:any:0
setAsleep PUT /:id/asleep v3l,v3c 1 - id:path:string:1 value:body:boolean:0
setAsleepMe PUT /me/asleep v2 1 - opts:body:any:0 value:body:any:0
setAsleepMe PUT /me/asleep v3l,v3c 1 - opts:body:object:0(forceFlowTrigger:boolean:0) value:body:boolean:0
setPresent PUT /:id/present v2 1 - id:path:string:1 value:body:any:0
setPresent PUT /:id/present v3l,v3c 1 - id:path:string:1 value:body:boolean:0
setPresentMe PUT /me/present v2 1 - opts:body:any:0 value:body:any:0
setPresentMe PUT /me/present v3l,v3c 1 - opts:body:object:0(forceFlowTrigger:boolean:0) value:body:boolean:0
]],
  ["rf"] = [[
emulate POST /:frequency/emulate v2 1 - frequency:path:string:0 data:body:any:0:root
emulate POST /:frequency/emulate v3l,v3c 1 - frequency:path:string:1 data:body:array:1:root
getState GET /state v3l,v3c 1 -
record POST /record v2,v3l,v3c 1 - frequency:body:string:0 timeout:body:number:0
replay POST /replay v3l,v3c 1 - data:body:array:1 frequency:body:string:1
set433MHzConfig POST /mhz433/config v3l,v3c 1 - baudrate:body:number:0 carrier:body:number:0 channelSpacing:body:number:0 deviation:body:number:0 filterBandwidth:body:number:0 modulation:body:string:0 power:body:number:0
txInfraredProntohex POST /ir/prontohex v2 1 - payload:body:string:0 repetitions:body:number:0
txInfraredProntohex POST /ir/prontohex v3l,v3c 1 - payload:body:string:1 repetitions:body:number:0
]],
  ["safety"] = [[
getState GET /state v3l,v3c 1 -
]],
  ["satellites"] = [[
getState GET /state v3l 1 -
]],
  ["security"] = [[
getState GET /state v3l,v3c 1 -
]],
  ["sessions"] = [[
deleteSession DELETE /session/:id v2 1 deleteOne:Session id:path:string:1
getSessionMe GET /session/me v2,v3l,v3c 1 -
getSessions GET /session v2 1 getAll:Session
getState GET /state v3l,v3c 1 -
]],
  ["speech-output"] = [[
getOptionSpeed GET /option/speed v2 1 -
getOptionVoice GET /option/voice v2 1 -
getVoice GET /voice/:id v2 1 getOne:Voice id:path:string:1
getVoices GET /voice/ v2 1 getAll:Voice
installVoice POST /voice v2 1 - id:body:string:1
playVoiceSample POST /voice/:id/sample v2 1 - id:path:string:1
say POST /say v2 1 - text:body:string:1 session:body:string:0 synthesize:body:boolean:0 timeout:body:number:0
setOptionSpeed PUT /option/speed v2 1 - value:body:string:1
setOptionVoice PUT /option/voice v2 1 - value:body:string:1
uninstallVoice DELETE /voice/:id v2 1 - id:path:string:1
unsetOptionSpeed DELETE /option/speed v2 1 -
unsetOptionVoice DELETE /option/voice v2 1 -
]],
  ["system"] = [[
delete POST /delete v3c 1 -
disableWifi POST /disable-wifi v3l 1 -
enableWifi POST /enable-wifi v3l 1 -
getInfo GET / v2,v3l,v3c 1 -
getMemoryInfo GET /memory v2,v3l,v3c 1 -
getMemoryInfoTotal GET /memory/total v3l 1 -
getOptionForwardedPort GET /option/forwardedPort v3l 1 -
getState GET /state v3l,v3c 1 -
getStorageInfo GET /storage v2,v3l,v3c 1 -
getStorageInfoTotal GET /storage/total v3l 1 -
getSystemName GET /name v2,v3l,v3c 1 -
ping GET /ping v2,v3l,v3c 1 - id:query:string:0
reboot POST /reboot v2,v3l,v3c 1 -
rebootOTA POST /reboot-ota v3l 1 -
rebootRecovery POST /rebootrecovery v2 1 -
sendLog POST /journalctl v2,v3l,v3c 1 - append:body:string:0
setDebug PUT /debug/:mask v2 1 - mask:path:string:1
setDebug PUT /debug v3l 1 - namespace:body:string:1
setOptionForwardedPort PUT /option/forwardedPort v3l 1 - value:body:any:1
setSystemName PUT /name v2,v3l,v3c 1 - name:body:string:1
unsetOptionForwardedPort DELETE /option/forwardedPort v3l 1 -
]],
  ["thread"] = [[
getNetworkTopology GET /topology v3l 1 -
getState GET /state v3l 1 -
]],
  ["updates"] = [[
abortInstallUpdate DELETE /update v3l 1 -
getOptionAutoupdate GET /option/autoupdate v2,v3l 1 -
getOptionChannel GET /option/channel v2,v3l 1 -
getOptionForceChannel GET /option/forceChannel v2 1 -
getOptionUpdateNotifications GET /option/updateNotifications v2 1 -
getState GET /state v2,v3l 1 -
getUpdates GET /update v2 1 - cache:query:string:0 flags:query:string:0
getUpdates GET /update v3l 1 -
getWhatsNew GET /whatsnew/ v2 1 -
installUpdate POST /update v2 1 -
installUpdate POST /update v3l 1 - reboot:body:boolean:0 silent:body:boolean:0
setOptionAutoupdate PUT /option/autoupdate v2 1 - value:body:boolean:1
setOptionAutoupdate PUT /option/autoupdate v3l 1 - value:body:any:1
setOptionChannel PUT /option/channel v2 1 - value:body:string:1
setOptionChannel PUT /option/channel v3l 1 - value:body:any:1
setOptionForceChannel PUT /option/forceChannel v2 1 - value:body:string:1
setOptionUpdateNotifications PUT /option/updateNotifications v2 1 - value:body:array:1
setWhatsNewRead DELETE /whatsnew/:id v2 1 - id:path:string:1
unsetOptionAutoupdate DELETE /option/autoupdate v2,v3l 1 -
unsetOptionChannel DELETE /option/channel v2,v3l 1 -
unsetOptionForceChannel DELETE /option/forceChannel v2 1 -
unsetOptionUpdateNotifications DELETE /option/updateNotifications v2 1 -
]],
  ["users"] = [[
acceptSharingInvite POST /accept v3c 1 - athomId:body:string:1 inviteToken:body:string:1 name:body:string:1 secret:body:string:1
createPersonalAccessToken POST /pat v3l 1 - name:body:string:1 scopes:body:array:1
createUser POST /user v2 1 createOne:User user:body:any:1:root
createUser POST /user v3l,v3c 1 createOne:User user:body:object:1:root(role:string:1)
deletePersonalAccessToken DELETE /pat/:id v3l 1 - id:path:string:1
deleteUser DELETE /user/:id v2,v3l,v3c 1 deleteOne:User id:path:string:1
deleteUserLocalCredentials DELETE /user/:id/local-credentials v3l 1 - id:path:string:1
deleteUserMe DELETE /user/me v2,v3l,v3c 1 -
deleteUserMeLocalCredentials DELETE /user/me/local-credentials v3l 1 -
deleteUserMeProperties DELETE /user/me/properties/:id v2,v3l,v3c 1 - id:path:string:1
getPersonalAccessTokens GET /pat v3l 1 -
getState GET /state v2,v3l,v3c 1 -
getUser GET /user/:id v2,v3l,v3c 1 getOne:User id:path:string:1
getUserMe GET /user/me v2,v3l,v3c 1 -
getUsers GET /user v2,v3l,v3c 1 getAll:User
grantInstallerAccess POST /installer/grant v3l 1 -
login POST /login v2 0 - token:body:string:0
login POST /login v3l,v3c 0 - token:body:string:1
loginLocal POST /login-local v3l 0 - clientId:body:string:1 clientName:body:string:1 password:body:string:1 username:body:string:1
requestInstallerAccess POST /installer/request v3l 1 - jwt:body:string:1
revokeInstallerAccess POST /installer/revoke v3l 1 -
swapOwner POST /swap-owner v2,v3l 1 - newOwnerUserId:body:string:1
swapOwnerInstaller POST /installer/swap-owner v3l 1 - jwt:body:string:1 newOwnerUserId:body:string:1
updateUser PUT /user/:id v2 1 updateOne:User id:path:string:1 user:body:any:1:root
updateUser PUT /user/:id v3l,v3c 1 updateOne:User id:path:string:1 user:body:object:1:root(role:string:0,enabled:boolean:0)
updateUserLocalCredentials PUT /user/:id/local-credentials v3l 1 - id:path:string:1 password:body:string:1 username:body:string:1
updateUserMe PUT /user/me v2 1 - email:body:any:0 name:body:any:0
updateUserMe PUT /user/me v3l,v3c 1 - name:body:string:0
updateUserMeLocalCredentials PUT /user/me/local-credentials v3l 1 - password:body:string:1 username:body:string:1
updateUserMeProperties PUT /user/me/properties/:id v2,v3l,v3c 1 - id:path:string:1 value:body:object:1
]],
  ["vdevice"] = [[
getState GET /state v3l,v3c 1 -
]],
  ["weather"] = [[
getState GET /state v3l,v3c 1 -
getWeather GET /weather v2,v3l,v3c 1 -
getWeatherHourly GET /forecast/hourly v3l,v3c 1 -
]],
  ["webserver"] = [[
getState GET /state v3l,v3c 1 -
]],
  ["zigbee"] = [[
getState GET /state v2,v3l,v3c 1 -
runCommand POST /command v2,v3l,v3c 1 - command:body:string:1 opts:body:object:0
]],
  ["zones"] = [[
createZone POST /zone v2 1 createOne:Zone zone:body:any:1:root
createZone POST /zone v3l,v3c 1 createOne:Zone zone:body:object:1:root(name:string:1,icon:string:1,parent:string:1)
deleteZone DELETE /zone/:id v2,v3l,v3c 1 deleteOne:Zone id:path:string:1
getState GET /state v3l,v3c 1 -
getZone GET /zone/:id v2,v3l,v3c 1 getOne:Zone id:path:string:1
getZones GET /zone v2,v3l,v3c 1 getAll:Zone
updateZone PUT /zone/:id v2 1 updateOne:Zone id:path:string:1 zone:body:any:1:root
updateZone PUT /zone/:id v3l,v3c 1 updateOne:Zone id:path:string:1 zone:body:object:1:root(name:string:0,icon:string:0,parent:string:0)
]],
  ["zwave"] = [[
getLog GET /log v2,v3l,v3c 1 -
getOptionRegionOverride GET /option/regionOverride v3l,v3c 1 -
getState GET /state v2,v3l,v3c 1 -
runCommand POST /command v2,v3l,v3c 1 - command:body:string:1 opts:body:object:0
setLogEnabled PUT /log v2,v3l,v3c 1 - enabled:body:boolean:1
setOptionRegionOverride PUT /option/regionOverride v3l,v3c 1 - value:body:any:1
unsetOptionRegionOverride DELETE /option/regionOverride v3l,v3c 1 -
updateRegion POST /region v2 1 - region:body:string:1
]],
}
