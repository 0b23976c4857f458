import { defineConfig } from 'wxt';
import { hostPermissions } from './lib/hosts';

// Only the public half exists: it fixes the id, so that the backend can check the Origin of a request.
const KEY =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA3D84W832/uhN69yY+QE6pilEhO0tYt6YIsM5bNJR6b2d+GYpW06m5NpMAPG5X5iwmUHm5PbFrhaHRdS42GxG/7AJgyt8/EAcmzMRNeSWpV7OUD2LmRMv3ZgRzpd5k4McFo1PqavqKgLEt6XmahPFup5d9fslseRaVFB+/woDbELKINjLamwWSjKNEKNcAA7X6UPX6fDS8Ms2Ip7dzWAtJubxPD3Des22ZvZUmXo//4yEtwsIhiBXny3i3HoqG2ukBF7G5eLXVtK43+yziIgXl1YnPEZHhXRX1788f3slYpnuLOGZYK4X7ijw84bIkD5YaCjaEvZDEJasjLSz0Jqo1QIDAQAB';

export default defineConfig({
  targetBrowsers: ['chrome', 'firefox'],
  manifestVersion: 3,
  imports: false,
  zip: { name: 'groundwire', includeSources: ['**/*'], excludeSources: ['.output/**', '.wxt/**', 'node_modules/**'] },
  manifest: ({ browser }) => ({
    name: '__MSG_name__',
    description: '__MSG_description__',
    default_locale: 'en',
    permissions: ['alarms', 'notifications', 'storage', 'webRequest'],
    host_permissions: hostPermissions(),
    content_security_policy: {
      extension_pages:
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
        "connect-src 'self' ws://127.0.0.1:* http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    },
    commands: {
      'focus-warning': { suggested_key: { default: 'Alt+Shift+G' }, description: '__MSG_command_focus__' },
    },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: 'groundwire@groundwire.internal',
              strict_min_version: '142.0',
              data_collection_permissions: { required: ['none'] },
            },
          },
        }
      : { key: KEY, minimum_chrome_version: '120' }),
  }),
});
