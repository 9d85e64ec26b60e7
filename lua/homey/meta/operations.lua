---@meta homey.operations
-- Operations of the hub for editors. Written by mk/meta/operations.lua; never loaded.
-- luacheck: no max line length

---@class homey.Api
---@field alarms homey.api.alarms
---@field api homey.api.api
---@field apps homey.api.apps
---@field arp homey.api.arp
---@field audio homey.api.audio
---@field backup homey.api.backup
---@field ble homey.api.ble
---@field clock homey.api.clock
---@field cloud homey.api.cloud
---@field coprocessor homey.api.coprocessor
---@field cron homey.api.cron
---@field dashboards homey.api.dashboards
---@field database homey.api.database
---@field devices homey.api.devices
---@field devkit homey.api.devkit
---@field discovery homey.api.discovery
---@field drivers homey.api.drivers
---@field energy homey.api.energy
---@field energydongle homey.api.energydongle
---@field experiments homey.api.experiments
---@field flow homey.api.flow
---@field flowtoken homey.api.flowtoken
---@field geolocation homey.api.geolocation
---@field google_assistant homey.api.google_assistant
---@field i18n homey.api.i18n
---@field icons homey.api.icons
---@field images homey.api.images
---@field insights homey.api.insights
---@field ledring homey.api.ledring
---@field logic homey.api.logic
---@field matter homey.api.matter
---@field mobile homey.api.mobile
---@field moods homey.api.moods
---@field notifications homey.api.notifications
---@field presence homey.api.presence
---@field rf homey.api.rf
---@field safety homey.api.safety
---@field satellites homey.api.satellites
---@field security homey.api.security
---@field sessions homey.api.sessions
---@field speech_output homey.api.speech_output
---@field system homey.api.system
---@field thread homey.api.thread
---@field updates homey.api.updates
---@field users homey.api.users
---@field vdevice homey.api.vdevice
---@field weather homey.api.weather
---@field webserver homey.api.webserver
---@field zigbee homey.api.zigbee
---@field zones homey.api.zones
---@field zwave homey.api.zwave
local api = {}

---@class homey.api.alarms
---@field createAlarm (fun(params: {alarm: {name?: string, time?: string, enabled?: boolean, repetition?: table}}, options?: homey.RequestOptions): any)|(fun(params: {alarm: any}, options?: homey.RequestOptions): any)
---@field deleteAlarm fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAlarm fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAlarms fun(params?: {}, options?: homey.RequestOptions): any
---@field updateAlarm (fun(params: {id: string, alarm: {name?: string, time?: string, enabled?: boolean, repetition?: table}}, options?: homey.RequestOptions): any)|(fun(params: {id: string, alarm: any}, options?: homey.RequestOptions): any)
local _ = {}

---@class homey.api.api
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.apps
---@field disableApp fun(params: {id: string}, options?: homey.RequestOptions): any
---@field enableApp fun(params: {id: string}, options?: homey.RequestOptions): any
---@field garbageCollectApp fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getApp fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAppLocales fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAppSetting fun(params: {id: string, name: string}, options?: homey.RequestOptions): any
---@field getAppSettings fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAppStd (fun(params: {id: string, message: string}, options?: homey.RequestOptions): any)|(fun(params: {id: string, message?: string}, options?: homey.RequestOptions): any)
---@field getAppUsage fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getApps fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field installFromAppStore (fun(params: {id: string, channel?: string, version?: string, waitForInstall?: boolean}, options?: homey.RequestOptions): any)|(fun(params: {id: string, channel?: string}, options?: homey.RequestOptions): any)|(fun(params: {id: string, channel?: string, version?: string}, options?: homey.RequestOptions): any)
---@field restartApp fun(params: {id: string}, options?: homey.RequestOptions): any
---@field setAppSetting fun(params: {id: string, name: string, value: any}, options?: homey.RequestOptions): any
---@field uninstallApp (fun(params: {id: string}, options?: homey.RequestOptions): any)|(fun(params: {id: string, purgeSettings?: string}, options?: homey.RequestOptions): any)
---@field unsetAppSetting fun(params: {id: string, name: string}, options?: homey.RequestOptions): any
---@field updateApp (fun(params: {id: string, app: {autoupdate?: boolean}}, options?: homey.RequestOptions): any)|(fun(params: {id: string, app: any}, options?: homey.RequestOptions): any)
local _ = {}

---@class homey.api.arp
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.audio
---@field getOptionVolume fun(params?: {}, options?: homey.RequestOptions): any
---@field playVolumeHint fun(params?: {}, options?: homey.RequestOptions): any
---@field setOptionVolume fun(params: {value: number}, options?: homey.RequestOptions): any
---@field unsetOptionVolume fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.backup
---@field getOptionAutomaticBackupsEnabled fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionLastSuccessfulBackup fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field scheduleBackup fun(params?: {}, options?: homey.RequestOptions): any
---@field setOptionAutomaticBackupsEnabled (fun(params: {value: any}, options?: homey.RequestOptions): any)|(fun(params: {value: boolean}, options?: homey.RequestOptions): any)
---@field setOptionLastSuccessfulBackup (fun(params: {value: any}, options?: homey.RequestOptions): any)|(fun(params: {value: string}, options?: homey.RequestOptions): any)
---@field unsetOptionAutomaticBackupsEnabled fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionLastSuccessfulBackup fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.ble
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field runCommand fun(params: {command: string, opts?: table}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.clock
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.cloud
---@field emitOAuth2Callback fun(params?: {app?: string, code?: string, token?: string}, options?: homey.RequestOptions): any
---@field emitWebhookCallback fun(params: {id: string, args?: table}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.coprocessor
---@field getBridges fun(params?: {}, options?: homey.RequestOptions): any
---@field getLog fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field pairBridge fun(params: {serialHash: string}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.cron
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.dashboards
---@field createDashboard fun(params: {dashboard: {name: string, columns: any[]}}, options?: homey.RequestOptions): any
---@field deleteDashboard fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAppWidget fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAppWidgetAutocomplete fun(params: {id: string, query: string, settingId: string, settings?: table}, options?: homey.RequestOptions): any
---@field getAppWidgets fun(params?: {}, options?: homey.RequestOptions): any
---@field getDashboard fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getDashboards fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getWidgetStore fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getWidgetStoreState fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getWidgetStores fun(params?: {}, options?: homey.RequestOptions): any
---@field setWidgetStoreState fun(params: {id: string, state: table, replace?: boolean}, options?: homey.RequestOptions): any
---@field updateDashboard fun(params: {id: string, dashboard: {name?: string, columns?: any[]}}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.database
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field optimize fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.devices
---@field createGroup fun(params: {group: {name: string, class: string, zoneId: string, deviceIds: any[], iconOverride?: string, iconDeviceId?: string}}, options?: homey.RequestOptions): any
---@field deleteDevice fun(params: {id: string}, options?: homey.RequestOptions): any
---@field deleteDeviceFromGroup fun(params: {groupId: string, deviceId: string}, options?: homey.RequestOptions): any
---@field getCapabilities fun(params?: {}, options?: homey.RequestOptions): any
---@field getCapability fun(params: {uri: string, id: string}, options?: homey.RequestOptions): any
---@field getCapabilityValue fun(params: {deviceId: string, capabilityId: string}, options?: homey.RequestOptions): any
---@field getDevice fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getDeviceSettingsObj fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getDevices fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field hideDeviceFromExternalService fun(params: {id: string, service: string}, options?: homey.RequestOptions): any
---@field setCapabilityValue (fun(params: {deviceId: string, capabilityId: string, value: string|number|boolean, opts?: table, transactionId?: string}, options?: homey.RequestOptions): any)|(fun(params: {deviceId: string, capabilityId: string, value: any, opts?: any, transactionId?: any}, options?: homey.RequestOptions): any)
---@field setDeviceSettings (fun(params: {id: string, settings: table}, options?: homey.RequestOptions): any)|(fun(params: {id: string, settings: any}, options?: homey.RequestOptions): any)
---@field unhideDeviceFromExternalService fun(params: {id: string, service: string}, options?: homey.RequestOptions): any
---@field updateDevice (fun(params: {id: string, device: {name?: string, zone?: string, note?: string, iconOverride?: string, virtualClass?: string, uiIndicator?: string, hidden?: boolean}}, options?: homey.RequestOptions): any)|(fun(params: {id: string, device: any}, options?: homey.RequestOptions): any)
---@field updateGroup fun(params: {id: string, group: {name?: string, deviceIds?: any[], iconOverride?: string, iconDeviceId?: string}}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.devkit
---@field getAppStdOut fun(params: {session: string}, options?: homey.RequestOptions): any
---@field getAppUsage fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getUsbMode fun(params?: {}, options?: homey.RequestOptions): any
---@field installApp fun(params: {manifest: table, clean?: boolean}, options?: homey.RequestOptions): any
---@field runApp fun(params: {app: string, debug: string, env: string, purgeSettings: string}, options?: homey.RequestOptions): any
---@field setUsbMode fun(params: {os: string}, options?: homey.RequestOptions): any
---@field startLedringAnimation fun(params: {animation: any}, options?: homey.RequestOptions): any
---@field stopApp fun(params: {session: string}, options?: homey.RequestOptions): any
---@field stopLedringAnimation fun(params: {animation_id: string}, options?: homey.RequestOptions): any
---@field uninstallApp fun(params: {sessionId: string}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.discovery
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.drivers
---@field createPairSession (fun(params: {pairsession: {type: string, driverId: string, deviceId?: string, zoneId?: string}}, options?: homey.RequestOptions): any)|(fun(params: {pairsession: any}, options?: homey.RequestOptions): any)
---@field createPairSessionDevice (fun(params: {id: string, device: {name?: string, data: any, zone?: string, store?: table, capabilities?: any[], capabilitiesOptions?: table, class?: string, icon?: string, iconOverride?: string, settings?: table, energy?: table}}, options?: homey.RequestOptions): any)|(fun(params: {id: string, device: any}, options?: homey.RequestOptions): any)
---@field deletePairSession fun(params: {id: string}, options?: homey.RequestOptions): any
---@field deletePairSessionDevice fun(params: {id: string}, options?: homey.RequestOptions): any
---@field emitPairingCallback (fun(params: {id: string, callbackId: string, data?: any}, options?: homey.RequestOptions): any)|(fun(params: {id: string, callbackId: string, data?: table}, options?: homey.RequestOptions): any)
---@field emitPairingEvent (fun(params: {id: string, event: string, data?: any}, options?: homey.RequestOptions): any)|(fun(params: {id: string, data: any, event: string}, options?: homey.RequestOptions): any)
---@field emitPairingHeartbeat fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getDriver (fun(params: {id: string}, options?: homey.RequestOptions): any)|(fun(params: {uri: string, id: string}, options?: homey.RequestOptions): any)
---@field getDrivers fun(params?: {}, options?: homey.RequestOptions): any
---@field getPairSession fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getPairSessions fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.energy
---@field deleteReports fun(params?: {}, options?: homey.RequestOptions): any
---@field fetchDynamicElectricityPrices fun(params: {date: string}, options?: homey.RequestOptions): any
---@field getCurrency fun(params?: {}, options?: homey.RequestOptions): any
---@field getDynamicElectricityPriceUserCosts fun(params?: {}, options?: homey.RequestOptions): any
---@field getDynamicPricesElectricityZone fun(params?: {}, options?: homey.RequestOptions): any
---@field getDynamicPricesElectricityZones fun(params?: {}, options?: homey.RequestOptions): any
---@field getElectricityPriceType fun(params?: {}, options?: homey.RequestOptions): any
---@field getLiveReport fun(params?: {zone?: string}, options?: homey.RequestOptions): any
---@field getOptionCurrency fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionElectricityPriceDynamicPreferredInterval fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionElectricityPriceFixed fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionGasPriceFixed fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionKWhCost fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionWaterPriceFixed fun(params?: {}, options?: homey.RequestOptions): any
---@field getReportDay fun(params: {date: string, cache?: string}, options?: homey.RequestOptions): any
---@field getReportMonth fun(params: {yearMonth: string, cache?: string}, options?: homey.RequestOptions): any
---@field getReportWeek fun(params: {isoWeek: string, cache?: string}, options?: homey.RequestOptions): any
---@field getReportYear fun(params: {year: string, cache?: string}, options?: homey.RequestOptions): any
---@field getReportsAvailable fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field resetReportDayCategories fun(params: {options: {date?: string, categories?: any[], deviceIds?: any[]}}, options?: homey.RequestOptions): any
---@field setDynamicElectricityPriceUserCosts fun(params: {mathExpression: string, type?: string}, options?: homey.RequestOptions): any
---@field setDynamicPricesElectricityZone (fun(params: {options: {zoneId?: string, zoneVersion?: string, priceInterval?: string}}, options?: homey.RequestOptions): any)|(fun(params: {options: {zoneId?: string, zoneVersion?: string, zoneName?: string, zoneCountryKey?: string}}, options?: homey.RequestOptions): any)
---@field setElectricityPriceType fun(params: {type: string}, options?: homey.RequestOptions): any
---@field setOptionCurrency fun(params: {value: string}, options?: homey.RequestOptions): any
---@field setOptionElectricityPriceDynamicPreferredInterval fun(params: {value: any}, options?: homey.RequestOptions): any
---@field setOptionElectricityPriceFixed fun(params: {value: any}, options?: homey.RequestOptions): any
---@field setOptionGasPriceFixed fun(params: {value: any}, options?: homey.RequestOptions): any
---@field setOptionKWhCost fun(params: {value: number}, options?: homey.RequestOptions): any
---@field setOptionWaterPriceFixed fun(params: {value: any}, options?: homey.RequestOptions): any
---@field unsetDynamicElectricityPriceUserCosts fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionCurrency fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionElectricityPriceDynamicPreferredInterval fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionElectricityPriceFixed fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionGasPriceFixed fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionKWhCost fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionWaterPriceFixed fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.energydongle
---@field getOptionPhaseLoadNotificationSettings fun(params?: {}, options?: homey.RequestOptions): any
---@field setOptionPhaseLoadNotificationSettings fun(params: {value: any}, options?: homey.RequestOptions): any
---@field unsetOptionPhaseLoadNotificationSettings fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.experiments
---@field disableExperiment fun(params: {id: string}, options?: homey.RequestOptions): any
---@field enableExperiment fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getExperiments fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.flow
---@field createAdvancedFlow fun(params: {advancedflow: any}, options?: homey.RequestOptions): any
---@field createFlow (fun(params: {flow: {name: string, folder?: string, enabled?: boolean, trigger: table, conditions: any[], actions: any[]}}, options?: homey.RequestOptions): any)|(fun(params: {flow: any}, options?: homey.RequestOptions): any)
---@field createFlowFolder (fun(params: {flowfolder: {name: string, parent?: string}}, options?: homey.RequestOptions): any)|(fun(params: {flowfolder: any}, options?: homey.RequestOptions): any)
---@field deleteAdvancedFlow fun(params: {id: string}, options?: homey.RequestOptions): any
---@field deleteFlow fun(params: {id: string}, options?: homey.RequestOptions): any
---@field deleteFlowFolder fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAdvancedFlow fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAdvancedFlows fun(params?: {}, options?: homey.RequestOptions): any
---@field getFlow fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getFlowCardAction fun(params: {uri: string, id: string}, options?: homey.RequestOptions): any
---@field getFlowCardActions fun(params?: {}, options?: homey.RequestOptions): any
---@field getFlowCardAutocomplete (fun(params: {type: string, uri: string, id: string, name: string, query: string, args?: table}, options?: homey.RequestOptions): any)|(fun(params: {type: string, uri: string, id: string, name: string, query: string, args?: string}, options?: homey.RequestOptions): any)
---@field getFlowCardCondition fun(params: {uri: string, id: string}, options?: homey.RequestOptions): any
---@field getFlowCardConditions fun(params?: {}, options?: homey.RequestOptions): any
---@field getFlowCardTrigger fun(params: {uri: string, id: string}, options?: homey.RequestOptions): any
---@field getFlowCardTriggers fun(params?: {}, options?: homey.RequestOptions): any
---@field getFlowFolder fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getFlowFolders fun(params?: {}, options?: homey.RequestOptions): any
---@field getFlows fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field runFlowCardAction fun(params: {uri: string, id: string, args?: table, droptoken?: string, duration?: number, state?: table, tokens?: table}, options?: homey.RequestOptions): any
---@field runFlowCardCondition fun(params: {uri: string, id: string, args?: table, droptoken?: string, state?: table, tokens?: table}, options?: homey.RequestOptions): any
---@field shareFlow fun(params: {id: string}, options?: homey.RequestOptions): any
---@field testFlow (fun(params: {flow: {trigger: table, conditions: any[], actions: any[]}, sessionId: string, tokens: table}, options?: homey.RequestOptions): any)|(fun(params: {flow: any, tokens: table, sessionId?: string}, options?: homey.RequestOptions): any)
---@field triggerAdvancedFlow (fun(params: {id: string}, options?: homey.RequestOptions): any)|(fun(params: {id: string, state?: any}, options?: homey.RequestOptions): any)
---@field triggerFlow (fun(params: {id: string}, options?: homey.RequestOptions): any)|(fun(params: {id: string, state?: any}, options?: homey.RequestOptions): any)
---@field updateAdvancedFlow fun(params: {id: string, advancedflow: any}, options?: homey.RequestOptions): any
---@field updateFlow (fun(params: {id: string, flow: {name?: string, folder?: string, enabled?: boolean, trigger?: table, conditions?: any[], actions?: any[]}}, options?: homey.RequestOptions): any)|(fun(params: {id: string, flow: any}, options?: homey.RequestOptions): any)
---@field updateFlowFolder (fun(params: {id: string, flowfolder: {name?: string, parent?: string}}, options?: homey.RequestOptions): any)|(fun(params: {id: string, flowfolder: any}, options?: homey.RequestOptions): any)
local _ = {}

---@class homey.api.flowtoken
---@field getFlowToken (fun(params: {id: string}, options?: homey.RequestOptions): any)|(fun(params: {uri: string, id: string}, options?: homey.RequestOptions): any)
---@field getFlowTokenValue fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getFlowTokens fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.geolocation
---@field getOptionAddress fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionLocation fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionMode fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field setOptionAddress fun(params: {value: any}, options?: homey.RequestOptions): any
---@field setOptionLocation (fun(params: {value: any}, options?: homey.RequestOptions): any)|(fun(params: {value: table}, options?: homey.RequestOptions): any)
---@field setOptionMode fun(params: {value: string}, options?: homey.RequestOptions): any
---@field unsetOptionAddress fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionLocation fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionMode fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.google_assistant
---@field getOptionEnabled fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionPinCode fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field setOptionEnabled (fun(params: {value: any}, options?: homey.RequestOptions): any)|(fun(params: {value: boolean}, options?: homey.RequestOptions): any)
---@field setOptionPinCode fun(params: {value: any}, options?: homey.RequestOptions): any
---@field sync fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionEnabled fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionPinCode fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.i18n
---@field getOptionLanguage fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionUnits fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field setOptionLanguage (fun(params: {value: any}, options?: homey.RequestOptions): any)|(fun(params: {value: string}, options?: homey.RequestOptions): any)
---@field setOptionUnits (fun(params: {value: any}, options?: homey.RequestOptions): any)|(fun(params: {value: string}, options?: homey.RequestOptions): any)
---@field unsetOptionLanguage fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionUnits fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.icons
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.images
---@field getImage fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getImages fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.insights
---@field deleteLog fun(params: {uri: string, id: string}, options?: homey.RequestOptions): any
---@field deleteLogEntries fun(params: {uri: string, id: string}, options?: homey.RequestOptions): any
---@field deleteLogs fun(params?: {}, options?: homey.RequestOptions): any
---@field getLog (fun(params: {id: string}, options?: homey.RequestOptions): any)|(fun(params: {uri: string, id: string}, options?: homey.RequestOptions): any)
---@field getLogEntries fun(params: {uri: string, id: string, resolution?: string}, options?: homey.RequestOptions): any
---@field getLogs fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getStorageInfo fun(params?: {}, options?: homey.RequestOptions): any
---@field updateLog fun(params: {uri: string, id: string, log: any}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.ledring
---@field getOptionBrightness fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionScreensaver fun(params?: {}, options?: homey.RequestOptions): any
---@field getScreensavers fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field setOptionBrightness fun(params: {value: number}, options?: homey.RequestOptions): any
---@field setOptionScreensaver (fun(params: {value: any}, options?: homey.RequestOptions): any)|(fun(params: {value: table}, options?: homey.RequestOptions): any)
---@field unsetOptionBrightness fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionScreensaver fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.logic
---@field createVariable (fun(params: {variable: {name: string, type: string, value: string|number|boolean}}, options?: homey.RequestOptions): any)|(fun(params: {variable: any}, options?: homey.RequestOptions): any)
---@field deleteVariable fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getVariable fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getVariables fun(params?: {}, options?: homey.RequestOptions): any
---@field triggerWebhook fun(params: {event: string, tag?: string}, options?: homey.RequestOptions): any
---@field updateVariable (fun(params: {id: string, variable: {name?: string, value?: string|number|boolean}}, options?: homey.RequestOptions): any)|(fun(params: {id: string, variable: any}, options?: homey.RequestOptions): any)
local _ = {}

---@class homey.api.matter
---@field deleteFabric fun(params: {deviceId: string, fabricIndex: number}, options?: homey.RequestOptions): any
---@field deleteMatterNode fun(params: {id: string}, options?: homey.RequestOptions): any
---@field deleteNodeFabric fun(params: {id: string, fabricIndex: number}, options?: homey.RequestOptions): any
---@field forceNodeUpdate fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getFabrics fun(params: {deviceId: string}, options?: homey.RequestOptions): any
---@field getMatterNode fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getMatterNodes fun(params?: {}, options?: homey.RequestOptions): any
---@field getNodeAttributes fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getNodeAvailableFirmwareUpdate fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getNodeFabrics fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getOptionPaaSettings fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field installNodeAvailableFirmwareUpdate fun(params: {id: string, softwareVersion: number}, options?: homey.RequestOptions): any
---@field nodeDiagnosticReport fun(params: {id: string}, options?: homey.RequestOptions): any
---@field nodeThreadNetworkInformation fun(params: {id: string}, options?: homey.RequestOptions): any
---@field nodeWiFiNetworkInformation fun(params: {id: string}, options?: homey.RequestOptions): any
---@field pingNode fun(params: {id: string}, options?: homey.RequestOptions): any
---@field resolveNodeAddress fun(params: {id: string}, options?: homey.RequestOptions): any
---@field setOptionPaaSettings fun(params: {value: any}, options?: homey.RequestOptions): any
---@field unsetOptionPaaSettings fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.mobile
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getSummary fun(params?: {}, options?: homey.RequestOptions): any
---@field onMobileEvent fun(params: {data: any, deviceId: string, event: string, secret: string, userId: string, timestamp?: string}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.moods
---@field createMood fun(params: {mood: {name: string, devices: table, preset?: string}}, options?: homey.RequestOptions): any
---@field deleteMood fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getMood fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getMoods fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field setMood fun(params: {id: string}, options?: homey.RequestOptions): any
---@field updateMood fun(params: {id: string, mood: {name?: string, devices?: table, preset?: string}}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.notifications
---@field deleteNotification fun(params: {id: string}, options?: homey.RequestOptions): any
---@field deleteNotifications fun(params?: {ownerUri?: string}, options?: homey.RequestOptions): any
---@field getNotification fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getNotifications fun(params?: {}, options?: homey.RequestOptions): any
---@field getOwners fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field setNotificationRead fun(params: {id: string}, options?: homey.RequestOptions): any
---@field setOwnerEnabled fun(params: {uri: string, enabled: boolean}, options?: homey.RequestOptions): any
---@field setOwnerPush fun(params: {uri: string, push: boolean}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.presence
---@field getAsleep fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getPresent fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field setAsleep (fun(params: {id: string, value?: boolean}, options?: homey.RequestOptions): any)|(fun(params: {id: string, value?: any}, options?: homey.RequestOptions): any)
---@field setAsleepMe (fun(params?: {opts?: {forceFlowTrigger?: boolean}, value?: boolean}, options?: homey.RequestOptions): any)|(fun(params?: {opts?: any, value?: any}, options?: homey.RequestOptions): any)
---@field setPresent (fun(params: {id: string, value?: boolean}, options?: homey.RequestOptions): any)|(fun(params: {id: string, value?: any}, options?: homey.RequestOptions): any)
---@field setPresentMe (fun(params?: {opts?: {forceFlowTrigger?: boolean}, value?: boolean}, options?: homey.RequestOptions): any)|(fun(params?: {opts?: any, value?: any}, options?: homey.RequestOptions): any)
local _ = {}

---@class homey.api.rf
---@field emulate (fun(params: {frequency: string, data: any[]}, options?: homey.RequestOptions): any)|(fun(params: {frequency: string, data?: any}, options?: homey.RequestOptions): any)
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field record fun(params?: {frequency?: string, timeout?: number}, options?: homey.RequestOptions): any
---@field replay fun(params: {data: any[], frequency: string}, options?: homey.RequestOptions): any
---@field set433MHzConfig fun(params?: {baudrate?: number, carrier?: number, channelSpacing?: number, deviation?: number, filterBandwidth?: number, modulation?: string, power?: number}, options?: homey.RequestOptions): any
---@field txInfraredProntohex (fun(params: {payload: string, repetitions?: number}, options?: homey.RequestOptions): any)|(fun(params?: {payload?: string, repetitions?: number}, options?: homey.RequestOptions): any)
local _ = {}

---@class homey.api.safety
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.satellites
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.security
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.sessions
---@field deleteSession fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getSessionMe fun(params?: {}, options?: homey.RequestOptions): any
---@field getSessions fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.speech_output
---@field getOptionSpeed fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionVoice fun(params?: {}, options?: homey.RequestOptions): any
---@field getVoice fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getVoices fun(params?: {}, options?: homey.RequestOptions): any
---@field installVoice fun(params: {id: string}, options?: homey.RequestOptions): any
---@field playVoiceSample fun(params: {id: string}, options?: homey.RequestOptions): any
---@field say fun(params: {text: string, session?: string, synthesize?: boolean, timeout?: number}, options?: homey.RequestOptions): any
---@field setOptionSpeed fun(params: {value: string}, options?: homey.RequestOptions): any
---@field setOptionVoice fun(params: {value: string}, options?: homey.RequestOptions): any
---@field uninstallVoice fun(params: {id: string}, options?: homey.RequestOptions): any
---@field unsetOptionSpeed fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionVoice fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.system
---@field delete fun(params?: {}, options?: homey.RequestOptions): any
---@field disableWifi fun(params?: {}, options?: homey.RequestOptions): any
---@field enableWifi fun(params?: {}, options?: homey.RequestOptions): any
---@field getInfo fun(params?: {}, options?: homey.RequestOptions): any
---@field getMemoryInfo fun(params?: {}, options?: homey.RequestOptions): any
---@field getMemoryInfoTotal fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionForwardedPort fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getStorageInfo fun(params?: {}, options?: homey.RequestOptions): any
---@field getStorageInfoTotal fun(params?: {}, options?: homey.RequestOptions): any
---@field getSystemName fun(params?: {}, options?: homey.RequestOptions): any
---@field ping fun(params?: {id?: string}, options?: homey.RequestOptions): any
---@field reboot fun(params?: {}, options?: homey.RequestOptions): any
---@field rebootOTA fun(params?: {}, options?: homey.RequestOptions): any
---@field rebootRecovery fun(params?: {}, options?: homey.RequestOptions): any
---@field sendLog fun(params?: {append?: string}, options?: homey.RequestOptions): any
---@field setDebug (fun(params: {namespace: string}, options?: homey.RequestOptions): any)|(fun(params: {mask: string}, options?: homey.RequestOptions): any)
---@field setOptionForwardedPort fun(params: {value: any}, options?: homey.RequestOptions): any
---@field setSystemName fun(params: {name: string}, options?: homey.RequestOptions): any
---@field unsetOptionForwardedPort fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.thread
---@field getNetworkTopology fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.updates
---@field abortInstallUpdate fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionAutoupdate fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionChannel fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionForceChannel fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionUpdateNotifications fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getUpdates (fun(params?: {}, options?: homey.RequestOptions): any)|(fun(params?: {cache?: string, flags?: string}, options?: homey.RequestOptions): any)
---@field getWhatsNew fun(params?: {}, options?: homey.RequestOptions): any
---@field installUpdate (fun(params?: {reboot?: boolean, silent?: boolean}, options?: homey.RequestOptions): any)|(fun(params?: {}, options?: homey.RequestOptions): any)
---@field setOptionAutoupdate (fun(params: {value: any}, options?: homey.RequestOptions): any)|(fun(params: {value: boolean}, options?: homey.RequestOptions): any)
---@field setOptionChannel (fun(params: {value: any}, options?: homey.RequestOptions): any)|(fun(params: {value: string}, options?: homey.RequestOptions): any)
---@field setOptionForceChannel fun(params: {value: string}, options?: homey.RequestOptions): any
---@field setOptionUpdateNotifications fun(params: {value: any[]}, options?: homey.RequestOptions): any
---@field setWhatsNewRead fun(params: {id: string}, options?: homey.RequestOptions): any
---@field unsetOptionAutoupdate fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionChannel fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionForceChannel fun(params?: {}, options?: homey.RequestOptions): any
---@field unsetOptionUpdateNotifications fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.users
---@field acceptSharingInvite fun(params: {athomId: string, inviteToken: string, name: string, secret: string}, options?: homey.RequestOptions): any
---@field createPersonalAccessToken fun(params: {name: string, scopes: any[]}, options?: homey.RequestOptions): any
---@field createUser (fun(params: {user: {role: string}}, options?: homey.RequestOptions): any)|(fun(params: {user: any}, options?: homey.RequestOptions): any)
---@field deletePersonalAccessToken fun(params: {id: string}, options?: homey.RequestOptions): any
---@field deleteUser fun(params: {id: string}, options?: homey.RequestOptions): any
---@field deleteUserLocalCredentials fun(params: {id: string}, options?: homey.RequestOptions): any
---@field deleteUserMe fun(params?: {}, options?: homey.RequestOptions): any
---@field deleteUserMeLocalCredentials fun(params?: {}, options?: homey.RequestOptions): any
---@field deleteUserMeProperties fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getPersonalAccessTokens fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getUser fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getUserMe fun(params?: {}, options?: homey.RequestOptions): any
---@field getUsers fun(params?: {}, options?: homey.RequestOptions): any
---@field grantInstallerAccess fun(params?: {}, options?: homey.RequestOptions): any
---@field login (fun(params: {token: string}, options?: homey.RequestOptions): any)|(fun(params?: {token?: string}, options?: homey.RequestOptions): any)
---@field loginLocal fun(params: {clientId: string, clientName: string, password: string, username: string}, options?: homey.RequestOptions): any
---@field requestInstallerAccess fun(params: {jwt: string}, options?: homey.RequestOptions): any
---@field revokeInstallerAccess fun(params?: {}, options?: homey.RequestOptions): any
---@field swapOwner fun(params: {newOwnerUserId: string}, options?: homey.RequestOptions): any
---@field swapOwnerInstaller fun(params: {jwt: string, newOwnerUserId: string}, options?: homey.RequestOptions): any
---@field updateUser (fun(params: {id: string, user: {role?: string, enabled?: boolean}}, options?: homey.RequestOptions): any)|(fun(params: {id: string, user: any}, options?: homey.RequestOptions): any)
---@field updateUserLocalCredentials fun(params: {id: string, password: string, username: string}, options?: homey.RequestOptions): any
---@field updateUserMe (fun(params?: {name?: string}, options?: homey.RequestOptions): any)|(fun(params?: {email?: any, name?: any}, options?: homey.RequestOptions): any)
---@field updateUserMeLocalCredentials fun(params: {password: string, username: string}, options?: homey.RequestOptions): any
---@field updateUserMeProperties fun(params: {id: string, value: table}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.vdevice
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.weather
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getWeather fun(params?: {}, options?: homey.RequestOptions): any
---@field getWeatherHourly fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.webserver
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.zigbee
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field runCommand fun(params: {command: string, opts?: table}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.api.zones
---@field createZone (fun(params: {zone: {name: string, icon: string, parent: string}}, options?: homey.RequestOptions): any)|(fun(params: {zone: any}, options?: homey.RequestOptions): any)
---@field deleteZone fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field getZone fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getZones fun(params?: {}, options?: homey.RequestOptions): any
---@field updateZone (fun(params: {id: string, zone: {name?: string, icon?: string, parent?: string}}, options?: homey.RequestOptions): any)|(fun(params: {id: string, zone: any}, options?: homey.RequestOptions): any)
local _ = {}

---@class homey.api.zwave
---@field getLog fun(params?: {}, options?: homey.RequestOptions): any
---@field getOptionRegionOverride fun(params?: {}, options?: homey.RequestOptions): any
---@field getState fun(params?: {}, options?: homey.RequestOptions): any
---@field runCommand fun(params: {command: string, opts?: table}, options?: homey.RequestOptions): any
---@field setLogEnabled fun(params: {enabled: boolean}, options?: homey.RequestOptions): any
---@field setOptionRegionOverride fun(params: {value: any}, options?: homey.RequestOptions): any
---@field unsetOptionRegionOverride fun(params?: {}, options?: homey.RequestOptions): any
---@field updateRegion fun(params: {region: string}, options?: homey.RequestOptions): any
local _ = {}

---@class homey.Cloud
---@field get fun(path: string, options?: homey.RequestOptions): any
---@field put fun(path: string, body?: any, options?: homey.RequestOptions): any
---@field post fun(path: string, body?: any, options?: homey.RequestOptions): any
---@field delete fun(path: string, options?: homey.RequestOptions): any
---@field createAuthenticatedUserClient fun(params?: {name?: string, redirectUri?: any[], scopes?: any[]}, options?: homey.RequestOptions): any
---@field deleteAuthenticatedUserClient fun(params: {id: string}, options?: homey.RequestOptions): any
---@field getAuthenticatedUser fun(params?: {additionalScopes?: string}, options?: homey.RequestOptions): any
---@field getAuthenticatedUserClients fun(params?: {}, options?: homey.RequestOptions): any
---@field getAuthenticatedUserNewsletterStatus fun(params?: {}, options?: homey.RequestOptions): any
---@field getDayAheadPricesElectricity fun(params: {zoneId: string, zoneVersion: string, date: string, timezone: string, currency?: string, interval?: string, secret?: string}, options?: homey.RequestOptions): any
---@field getInstallerInformation fun(params: {userId: string}, options?: homey.RequestOptions): any
---@field getWeather fun(params: {latitude: string, longitude: string, homey: string, language?: string}, options?: homey.RequestOptions): any
---@field getZone fun(params: {latitude: string, longitude: string, secret?: string}, options?: homey.RequestOptions): any
---@field getZones fun(params?: {secret?: string}, options?: homey.RequestOptions): any
---@field subscribeAuthenticatedUserToNewsletter fun(params?: {language?: string}, options?: homey.RequestOptions): any
---@field unsubscribeAuthenticatedUserFromNewsletter fun(params?: {}, options?: homey.RequestOptions): any
---@field updateAuthenticatedUserClient fun(params: {id: string, name?: string, redirectUri?: any[], scopes?: any[]}, options?: homey.RequestOptions): any
---@field updateInstallerInformation fun(params: {userId: string, website?: string, email?: string, phone?: string}, options?: homey.RequestOptions): any
local cloud = {}
