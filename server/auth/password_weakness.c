/* See password_weakness.h. Instead of a long list, what people do to short ones is undone: capitals, digits and marks around a word,
 * look-alike digits, repeating, and walking over the keyboard. Only passwords of ten characters and more come so far.
 */
#include "password_weakness.h"

#include "buf.h"
#include "chat_limits.h"
#include "name_nfc.h"

#include <openssl/crypto.h>
#include <string.h>

#define NORMAL_BYTES_MAX (CHAT_PASSWORD_BYTES_MAX * 4)
#define UNIT_BYTES_MIN   5 /* what is shorter and repeated is no word */
#define BREAKS_MAX       2 /* of a walk over the keyboard */
#define NAME_MORE_MAX    4 /* characters beside one's own name that do not help */

/* What the most used passwords of the known leaks are made of, and what is at hand where a chat is set up. One a space. */
static const char common_words[] =
    " password passwort passphrase passwd passcode pass mypassword yourpassword thepassword "
    "wachtwoord "
    "motdepasse contrasena contrasenya senha parola parool haslo heslo salasana losenord kennwort "
    "geheim geheimnis segredo secret secreto topsecret private privat admin administrator "
    "adminadmin "
    "administrador root rootroot toor superuser sysadmin operator manager master server system "
    "sysop "
    "support helpdesk service guest gast user username benutzer utilisateur usuario test testing "
    "tester testtest temp temporary default changeme changethis changeit changemenow pleasechange "
    "letmein letmeinnow openup opensesame welcome welcomeback willkommen bienvenue bienvenido "
    "benvenuto hello hellohello helloworld hallo hallohallo bonjour hola login logmein signin "
    "access "
    "accessgranted abracadabra sesame qwerty qwertz azerty qazwsx asdf asdfgh zxcvbn iloveyou "
    "iloveyouu iloveu ilovegod ilovejesus ilovemom ilovemyself ilovemylife ilovemyfamily iloveher "
    "ilovehim loveyou lovelove loveme lovers lovely iluvyou teamo tequiero teamomucho jetaime "
    "ichliebedich tiamo amoremio miamor princess prinzessin princesa queen king kingkong prince "
    "angel "
    "angels angelo babygirl babyboy baby babyblue sweetheart sweetie sweetpea sweet honey honeybee "
    "sugar cookie cookies chocolate schokolade candy cupcake butterfly schmetterling flower "
    "flowers "
    "sunflower blumen rose roses sunshine sonnenschein rainbow regenbogen summer sommer winter "
    "spring "
    "autumn monday friday january february march april august september october november december "
    "dragon monkey tiger lion panther leopard eagle falcon dolphin turtle penguin spider scorpion "
    "buster hunter killer ranger shadow ghost phantom ninja samurai warrior wizard knight pirate "
    "hacker hackme matrix terminator gladiator viking zeus apollo phoenix mercury jupiter saturn "
    "superman superstar supergirl batman batgirl spiderman ironman wolverine captain deadpool "
    "joker "
    "pokemon pikachu charizard digimon naruto sasuke dragonball minecraft fortnite roblox "
    "starcraft "
    "warcraft worldofwarcraft counterstrike callofduty playstation nintendo supermario zelda xbox "
    "starwars startrek skywalker darthvader yoda chewbacca harrypotter hogwarts gandalf frodo "
    "lordoftherings mickey mickeymouse minnie donald donaldduck garfield snoopy tinkerbell barbie "
    "hellokitty scooby scoobydoo spongebob football fussball futbol soccer baseball basketball "
    "basketbol softball hockey volleyball tennis golf golfer cricket rugby boxing racing karate "
    "liverpool manchester manchesterunited manunited mancity chelsea arsenal tottenham everton "
    "barcelona barca realmadrid madrid juventus milan acmilan inter bayern bayernmunchen dortmund "
    "schalke ajax benfica porto galatasaray fenerbahce besiktas boca bocajuniors riverplate "
    "steelers cowboys packers eagles broncos raiders patriots yankees redsox lakers bulls celtics "
    "michael jennifer jessica michelle nicole daniel ashley matthew anthony andrew joshua justin "
    "jordan robert thomas charlie george harley hannah samantha amanda andrea alexander alexandra "
    "christian christopher christine christina stephanie elizabeth benjamin jonathan nicholas "
    "patrick richard william vincent victoria veronica vanessa natalie natasha melissa rebecca "
    "sebastian francisco fernando alejandro alejandra guillermo carolina gabriel gabriela "
    "valentina "
    "maverick mustang corvette camaro porsche ferrari lamborghini mercedes chevrolet toyota yamaha "
    "suzuki kawasaki ducati harleydavidson google googlegoogle facebook twitter instagram youtube "
    "linkedin microsoft windows linux ubuntu debian android apple iphone samsung internet computer "
    "keyboard wireless network security database oracle postgres mysql redis docker kubernetes "
    "jenkins github cisco juniper raspberry arduino america american canada mexico brasil brazil "
    "argentina colombia espana france francais paris italia italy roma deutschland germany berlin "
    "england london scotland ireland australia india pakistan indonesia philippines russia moscow "
    "newyork california texas florida chicago boston jesus jesuschrist jesuslovesme godisgood "
    "godislove blessed blessing heaven faith trinity church freedom liberty peace forever "
    "foreverlove friends friendship bestfriend family mother father daughter sister brother mommy "
    "daddy grandma onelove trustno trustnoone whatever nothing anything something everything "
    "incorrect correct correcthorse correcthorsebattery correcthorsebatterystaple fuckyou fuckoff "
    "fuckme asshole bitch bullshit pussy computer banana cheese pepper peanut orange purple yellow "
    "silver golden diamond diamonds crystal metallica nirvana slipknot eminem beatles elvis guitar "
    "music musica dancer dancing cheer cheerleader beautiful gorgeous handsome smile happy lucky "
    "thunder lightning storm blaze mountain ocean monster zombie vampire lasvegas hollywood "
    "tincan tincand campfire chat chatroom chatserver lobby slack discord mattermost rocketchat ";

/* Keys and letters that lie side by side, both ways. */
static const char *const walks[] = {
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaqxswcdevfrbgtnhymjukilop",
    "147258369",
    "159753",
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || ((unsigned char)c & 0x80);
}

/* --- words --- */

static bool is_word(struct slice s)
{
    size_t all_n = sizeof common_words - 1;
    const char *at = common_words;
    if (s.n < 2 || s.n > 32) {
        return false;
    }
    while ((at = memmem(at, all_n - (size_t)(at - common_words), s.p, s.n))) {
        if (at[-1] == ' ' && at[s.n] == ' ') { /* the list begins and ends with a space */
            return true;
        }
        at++;
    }
    return false;
}

static char letter_of(char c)
{
    static const char digits[] = "0134578@$!|+", letters[] = "oieastbasilt";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? letters[at - digits] : c;
}

/* A word, with look-alike digits in it, or with digits and marks around it. */
static bool is_dressed_word(struct slice s)
{
    char plain[64];
    if (s.n > sizeof plain) {
        return false;
    }
    for (unsigned around = 0; around < 2; around++) {
        struct slice core = s;
        while (around && core.n > 0 && !is_letter(core.p[0])) {
            core = slice_from(core, 1);
        }
        while (around && core.n > 0 && !is_letter(core.p[core.n - 1])) {
            core.n--;
        }
        for (size_t i = 0; i < core.n; i++) {
            plain[i] = letter_of(core.p[i]);
        }
        if (is_word(core) || is_word((struct slice){plain, core.n})) {
            return true;
        }
    }
    return false;
}

/* The shortest text whose repetition it is, if it stands there at least twice; else itself. */
static struct slice unit_of(struct slice s)
{
    for (size_t period = 1; period <= s.n / 2; period++) {
        size_t i = period;
        while (i < s.n && s.p[i] == s.p[i - period]) {
            i++;
        }
        if (i == s.n) {
            return (struct slice){s.p, period};
        }
    }
    return s;
}

/* --- walks --- */

static bool are_neighbours(char a, char b)
{
    for (size_t i = 0; i < sizeof walks / sizeof *walks; i++) {
        for (const char *p = walks[i]; p[1]; p++) {
            if ((p[0] == a && p[1] == b) || (p[0] == b && p[1] == a)) {
                return true;
            }
        }
    }
    return a == b;
}

static bool is_walk(struct slice s)
{
    unsigned breaks = 0;
    for (size_t i = 0; i + 1 < s.n && breaks <= BREAKS_MAX; i++) {
        breaks += !are_neighbours(s.p[i], s.p[i + 1]);
    }
    return breaks <= BREAKS_MAX;
}

/* --- the whole --- */

/* One or two characters over and over, in whatever order. */
static bool is_monotone(struct slice s)
{
    char seen[2];
    unsigned seen_n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (memchr(seen, s.p[i], seen_n)) {
            continue;
        }
        if (seen_n == sizeof seen) {
            return false;
        }
        seen[seen_n++] = s.p[i];
    }
    return true;
}

static bool is_own_name(struct slice s, struct slice name)
{
    if (name.n == 0 || s.n < name.n || s.n > name.n + NAME_MORE_MAX) {
        return false;
    }
    for (size_t at = 0; at + name.n <= s.n; at++) {
        if (slice_eq_nocase((struct slice){s.p + at, name.n}, name)) {
            return true;
        }
    }
    return false;
}

/* s: in NFC and lower case. */
static const char *look_at(struct slice s, struct slice name)
{
    struct slice unit = unit_of(s);
    size_t chars = 0;
    for (size_t i = 0; i < s.n; i++) {
        chars += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    }
    if (chars < CHAT_PASSWORD_CHARS_MIN) {
        return "must be at least 10 characters";
    }
    if (is_own_name(s, name) || (unit.n < s.n && is_own_name(unit, name))) {
        return "must not be your name";
    }
    if (is_monotone(s) || is_walk(s) || is_dressed_word(s) ||
        (unit.n < s.n && (unit.n < UNIT_BYTES_MIN || is_dressed_word(unit)))) {
        return "is one of the first that would be tried";
    }
    return NULL;
}

const char *password_weakness(struct slice password, struct slice name)
{
    struct buf normal;
    const char *why;
    if (password.n > CHAT_PASSWORD_BYTES_MAX) {
        return "must be at most 1024 bytes";
    }
    buf_init(&normal, NORMAL_BYTES_MAX);
    if (name_nfc(password, &normal) != ERR_OK) {
        why = "is not text";
    } else {
        for (size_t i = 0; i < normal.n; i++) {
            normal.p[i] = lower(normal.p[i]);
        }
        why = look_at(buf_peek(&normal), name);
    }
    if (normal.p) {
        OPENSSL_cleanse(normal.p, normal.cap);
    }
    buf_fini(&normal);
    return why;
}
