import { defineBackground } from 'wxt/utils/define-background';
import { Background } from '../lib/background';

export default defineBackground(() => new Background().listen());
