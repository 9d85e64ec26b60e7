-- Public operations of the Athom cloud, a line each.
-- Made by mk/tables/operations.lua from mk/tables/*.tsv: change those, then `make operations`.
-- luacheck: no max line length
--
-- A line: operation, method, path, server, then its parameters as name:place:type:required.

return [[
createAuthenticatedUserClient POST /user/me/client cloud name:body:string:0 redirectUri:body:array:0 scopes:body:array:0
deleteAuthenticatedUserClient DELETE /user/me/client/:id cloud id:path:string:1
getAuthenticatedUser GET /user/me cloud additionalScopes:query:string:0
getAuthenticatedUserClients GET /user/me/client cloud
getAuthenticatedUserNewsletterStatus GET /user/me/newsletter cloud
getDayAheadPricesElectricity GET /api/v1/day-ahead-prices/electricity energy zoneId:query:string:1 zoneVersion:query:string:1 date:query:string:1 timezone:query:string:1 currency:query:string:0 interval:query:string:0 secret:query:string:0
getInstallerInformation GET /user/:userId/installer-information cloud userId:path:string:1
getWeather GET /api/v1/weather weather latitude:query:string:1 longitude:query:string:1 homey:query:string:1 language:query:string:0
getZone GET /api/v1/zone energy latitude:query:string:1 longitude:query:string:1 secret:query:string:0
getZones GET /api/v1/zones energy secret:query:string:0
subscribeAuthenticatedUserToNewsletter POST /user/me/newsletter cloud language:body:string:0
unsubscribeAuthenticatedUserFromNewsletter DELETE /user/me/newsletter cloud
updateAuthenticatedUserClient PUT /user/me/client/:id cloud id:path:string:1 name:body:string:0 redirectUri:body:array:0 scopes:body:array:0
updateInstallerInformation PUT /user/:userId/installer-information cloud userId:path:string:1 website:body:string:0 email:body:string:0 phone:body:string:0
]]
