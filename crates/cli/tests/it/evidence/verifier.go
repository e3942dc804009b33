// Checks an evidence bundle with Go's own packages for transparency logs: golang.org/x/mod/sumdb's
// note reads and checks signed notes, its tlog hashes the tree. Only what those do not know stands
// here: the zip file's one form, policies, cosignatures and withheld.csv.
//
// verifier FILE [KEY] checks one bundle; verifier --list FILE checks many, each after its length in
// 4 bytes, and prints a line for each.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	folder     = "countersign-bundle/"
	entriesTxt = "data/entries.txt"
	withheld   = "data/withheld.csv"
	checkpoint = "data/log/checkpoint"
	policy     = "data/log/policy"
	keyPem     = "data/log/key.pem"
	bagit      = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
	bagNote    = "bundle.note"
	tagList    = "tagmanifest-sha256.txt"
	list       = "manifest-sha256.txt"
)

type refused string

func need(fits bool, file, what string) {
	if !fits {
		panic(refused(file + ": " + what))
	}
}

// The decoders of the standard library pass over line ends and take capital digits, so whatever
// they read is written again and compared.
func fromBase64(text, file string) []byte {
	data, err := base64.StdEncoding.DecodeString(text)
	need(err == nil && base64.StdEncoding.EncodeToString(data) == text, file, "not strict base64")
	return data
}

func fromHex(text, file string) []byte {
	data, err := hex.DecodeString(text)
	need(err == nil && hex.EncodeToString(data) == text, file, "not lower-case hexadecimal digits")
	return data
}

func fromDecimal(text, file string) int64 {
	number, err := strconv.ParseInt(text, 10, 64)
	// Far below where tlog's indexes of stored hashes end.
	fits := err == nil && strconv.FormatInt(number, 10) == text && number >= 0 && number < 1<<48
	need(fits, file, "not a number as numbers are written here")
	return number
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func sorted(files map[string][]byte) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func write(to *bytes.Buffer, fields ...any) {
	for _, field := range fields {
		_ = binary.Write(to, binary.LittleEndian, field)
	}
}

// The zip file that has these files; they come from one, so their sizes fit.
func packed(files map[string][]byte) []byte {
	var body, directory bytes.Buffer
	for _, name := range sorted(files) {
		data, head := files[name], new(bytes.Buffer)
		write(head, uint16(20), uint16(0), uint16(0), uint16(0), uint16(33), crc32.ChecksumIEEE(data),
			uint32(len(data)), uint32(len(data)), uint16(len(name)), uint16(0))
		directory.WriteString("PK\x01\x02\x14\x00" + head.String() + strings.Repeat("\x00", 10))
		write(&directory, uint32(body.Len()))
		directory.WriteString(name)
		body.WriteString("PK\x03\x04" + head.String() + name)
		body.Write(data)
	}
	at, length, count := uint32(body.Len()), uint32(directory.Len()), uint16(len(files))
	body.Write(directory.Bytes())
	body.WriteString("PK\x05\x06")
	write(&body, uint32(0), count, count, length, at, uint16(0))
	return body.Bytes()
}

var aName = regexp.MustCompile(`\A` + folder + `[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\z`)

func unpacked(data []byte) map[string][]byte {
	const other = "not a zip file of the one form that bundles have"
	files, rest := map[string][]byte{}, data
	for bytes.HasPrefix(rest, []byte("PK\x03\x04")) {
		need(len(rest) >= 30, "the bundle", other)
		size := uint64(binary.LittleEndian.Uint32(rest[22:]))
		length := uint64(binary.LittleEndian.Uint16(rest[26:]))
		need(uint64(len(rest)) >= 30+length+size, "the bundle", other)
		name := string(rest[30 : 30+length])
		need(aName.MatchString(name), "the bundle", "a name that no bundle has")
		_, twice := files[name]
		need(!twice, name, "it is there twice")
		files[name] = rest[30+length : 30+length+size]
		rest = rest[30+length+size:]
	}
	need(len(files) < 65535 && bytes.Equal(packed(files), data), "the bundle", other)
	bag := map[string][]byte{}
	for name, content := range files {
		bag[strings.TrimPrefix(name, folder)] = content
	}
	return bag
}

func manifest(bag map[string][]byte, fits func(string) bool) string {
	var text strings.Builder
	for _, name := range sorted(bag) {
		if fits(name) {
			fmt.Fprintf(&text, "%s  %s\n", digest(bag[name]), name)
		}
	}
	return text.String()
}

// A key, as package note asks for it; a witness' signs a time and the text.
type key struct {
	name    string
	id      uint32
	bytes   []byte
	witness bool
}

func (k key) Name() string    { return k.name }
func (k key) KeyHash() uint32 { return k.id }

func (k key) Verify(text, signature []byte) bool {
	if k.witness {
		if len(signature) < 8 {
			return false
		}
		time := binary.BigEndian.Uint64(signature)
		text = append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...)
		signature = signature[8:]
	}
	// Points of small order fit signatures that nobody made; crypto/ed25519 takes them.
	fits := len(signature) == ed25519.SignatureSize && !small(signature[:32])
	return fits && ed25519.Verify(k.bytes, text, signature)
}

// Every way to write a point of small order, without its sign.
var smallOrder = map[string]bool{
	"0000000000000000000000000000000000000000000000000000000000000000": true,
	"0100000000000000000000000000000000000000000000000000000000000000": true,
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": true,
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": true,
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": true,
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05": true,
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a": true,
}

func small(point []byte) bool {
	unsigned := append([]byte(nil), point...)
	unsigned[31] &= 0x7f
	return smallOrder[hex.EncodeToString(unsigned)]
}

func keyOf(text string, witness bool) key {
	parts := strings.SplitN(text, "+", 3)
	need(len(parts) == 3, policy, "not a key")
	name, data := parts[0], fromBase64(parts[2], policy)
	kind := byte(1)
	if witness {
		kind = 4
	}
	need(len(data) == 33 && data[0] == kind && !small(data[1:]), policy, "not a key of the kind that is needed")
	sum := sha256.Sum256(append([]byte(name+"\n"), data...))
	need(hex.EncodeToString(sum[:4]) == parts[1], policy, "the id of a key does not fit")
	// Package note reads keys of logs only; as one of those it also judges a witness' name.
	if witness {
		data = append([]byte{1}, data[1:]...)
		asLog := sha256.Sum256(append([]byte(name+"\n"), data...))
		text = name + "+" + hex.EncodeToString(asLog[:4]) + "+" + base64.StdEncoding.EncodeToString(data)
	}
	_, err := note.NewVerifier(text)
	control := func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 }
	need(err == nil && strings.IndexFunc(name, control) < 0, policy, "not a key with a name")
	return key{name, binary.BigEndian.Uint32(sum[:]), data[1:], witness}
}

// The keys of log and witnesses, and how many of which witnesses must have signed.
func policyOf(text string) (keys []key, many int, of []int) {
	lines := strings.Split(text, "\n")
	need(strings.HasPrefix(lines[0], "log "), policy, "it does not begin with the log")
	keys = append(keys, keyOf(lines[0][4:], false))
	var names []string
	for len(keys) < len(lines) {
		name := fmt.Sprintf("w%d", len(keys))
		start := "witness " + name + " "
		if !strings.HasPrefix(lines[len(keys)], start) {
			break
		}
		keys = append(keys, keyOf(lines[len(keys)][len(start):], true))
		names = append(names, name)
	}
	need(len(keys) < 256, policy, "too many keys")
	for at, one := range keys {
		for before, two := range keys[:at] {
			same := one.name == two.name && one.id == two.id
			same = same || before > 0 && bytes.Equal(one.bytes, two.bytes)
			need(!same, policy, "a key is there twice")
		}
	}
	rest := strings.Join(lines[len(keys):], "\n")
	if rest == "quorum none\n" {
		return keys, 0, nil
	}
	for at, name := range names {
		if rest == "quorum "+name+"\n" {
			return keys, 1, []int{at + 1}
		}
		of = append(of, at+1)
	}
	for many := range of {
		if rest == fmt.Sprintf("group witnesses %d %s\nquorum witnesses\n", many+1, strings.Join(names, " ")) {
			return keys, many + 1, of
		}
	}
	panic(refused(policy + ": its quorum is not written in the one way that there is"))
}

// The text of a note, and which of the keys signed it: the log's first, then others in order.
func opened(text []byte, keys []key, file string) (string, []int) {
	var verifiers []note.Verifier
	for _, key := range keys {
		verifiers = append(verifiers, key)
	}
	read, err := note.Open(text, note.VerifierList(verifiers...))
	need(err == nil, file, fmt.Sprint(err))
	need(len(read.UnverifiedSigs) == 0, file, "signed by a key that the policy does not name")
	need(len(read.Sigs) <= 64, file, "more than 64 signatures")
	// Package note passes over a second signature by a key, and takes them in any order.
	again, seen := read.Text+"\n", []int{}
	for _, signature := range read.Sigs {
		fromBase64(signature.Base64, file)
		again += fmt.Sprintf("\u2014 %s %s\n", signature.Name, signature.Base64)
		for by, key := range keys {
			if key.name == signature.Name && key.id == signature.Hash {
				seen = append(seen, by)
			}
		}
	}
	ordered := sort.IntsAreSorted(seen) && len(seen) > 0 && seen[0] == 0
	need(ordered && again == string(text), file, "not signed by the log and then by witnesses in order, each once")
	return read.Text, seen
}

type entry struct {
	seq   uint64
	kind  uint16
	leaf  []byte
	parts []string
	said  []*string
}

type head struct {
	number uint32
	hash   tlog.Hash
}

// Reads a leaf, which must continue its subject's last one where that is shown.
func leafOf(text, file string, heads map[string]head) entry {
	leaf := fromHex(text, file)
	need(len(leaf) >= 83 && string(leaf[:4]) == "CSL1" && len(leaf) == 83+32*int(leaf[82]), file, "not a leaf")
	found := entry{seq: binary.BigEndian.Uint64(leaf[4:]), kind: binary.BigEndian.Uint16(leaf[80:]), leaf: leaf}
	for at := 83; at < len(leaf); at += 32 {
		found.parts = append(found.parts, string(leaf[at:at+32]))
	}
	subject, number, before := string(leaf[12:28]), binary.BigEndian.Uint32(leaf[28:]), string(leaf[32:64])
	none := strings.Repeat("\x00", 32)
	fits := (number > 0) == (subject != none[:16]) && (before == none) == (number < 2)
	need(fits, file, "its running number does not fit")
	if last, known := heads[subject]; known && number > 0 {
		fits = number > last.number && (number > last.number+1 || before == string(last.hash[:]))
		need(fits, file, "it does not continue its subject's last one")
	}
	heads[subject] = head{number, tlog.RecordHash(leaf)}
	return found
}

func entriesOf(text string) []entry {
	lines := strings.Split(text, "\n")
	end := len(lines) - 1
	need(lines[0] == "countersign/entries/1" && end > 0 && lines[end] == "", entriesTxt, "its first or last line does not fit")
	var entries []entry
	heads := map[string]head{}
	whole := func() bool {
		last := len(entries) - 1
		return last < 0 || len(entries[last].said) == len(entries[last].parts)
	}
	for at, line := range lines[1:end] {
		file := fmt.Sprintf("%s line %d", entriesTxt, at+2)
		control := func(c rune) bool { return c < ' ' }
		need(strings.IndexFunc(line, control) < 0, file, "a control character")
		if strings.HasPrefix(line, "entry ") {
			need(whole(), file, "the entry before has fewer parts than its leaf")
			found := leafOf(line[6:], file, heads)
			later := len(entries) == 0 || entries[len(entries)-1].seq < found.seq
			need(later, file, "it does not come after the one before")
			entries = append(entries, found)
			continue
		}
		need(strings.HasPrefix(line, "part ") && !whole(), file, "neither an entry nor a part of one")
		last := &entries[len(entries)-1]
		if line == "part -" {
			last.said = append(last.said, nil)
			continue
		}
		need(len(line) >= 70 && line[69] == ' ', file, "no salt")
		said := line[70:]
		sum := sha256.Sum256([]byte("countersign/commitment/1\x00" + string(fromHex(line[5:69], file)) + said))
		need(string(sum[:]) == last.parts[len(last.said)], file, "not the part that its leaf commits to")
		last.said = append(last.said, &said)
	}
	need(whole(), entriesTxt, "the last entry has fewer parts than its leaf")
	return entries
}

// What is known of a tree, by tlog's index; the rest is hashed from it when tlog asks for it.
type known map[int64]tlog.Hash

func (k known) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hash, found := k[index]
		if level, n := tlog.SplitStoredHashIndex(index); !found && level > 0 {
			left, right := tlog.StoredHashIndex(level-1, 2*n), tlog.StoredHashIndex(level-1, 2*n+1)
			below, err := k.ReadHashes([]int64{left, right})
			if err != nil {
				return nil, err
			}
			hash, found = tlog.NodeHash(below[0], below[1]), true
		}
		if !found {
			return nil, fmt.Errorf("an entry is neither shown nor withheld")
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func rootOf(entries []entry, text string, size int64) tlog.Hash {
	lines := strings.Split(text, "\n")
	end := len(lines) - 1
	need(lines[0] == "first,count,hash" && end > 0 && lines[end] == "", withheld, "its first or last line does not fit")
	rows, hashes, at := lines[1:end], known{}, int64(0)
	skip := func(to int64) {
		for at < to {
			level := 0
			for at>>level&1 == 0 && at+2<<level <= to {
				level++
			}
			need(len(rows) > 0, withheld, "it does not cover what entries.txt leaves out")
			cells := strings.SplitN(rows[0], ",", 3)
			need(len(cells) == 3, withheld, "not a row of first, count, hash")
			fits := fromDecimal(cells[0], withheld) == at && fromDecimal(cells[1], withheld) == 1<<level
			hash := fromBase64(cells[2], withheld)
			need(fits && len(hash) == 32, withheld, "it does not cover exactly what entries.txt leaves out")
			var fixed tlog.Hash
			copy(fixed[:], hash)
			hashes[tlog.StoredHashIndex(level, at>>level)] = fixed
			rows, at = rows[1:], at+1<<level
		}
	}
	for _, entry := range entries {
		need(entry.seq < uint64(size), entriesTxt, "an entry behind the end of the log")
		skip(int64(entry.seq))
		hashes[tlog.StoredHashIndex(0, at)] = tlog.RecordHash(entry.leaf)
		at++
	}
	skip(size)
	need(len(rows) == 0, withheld, "a row too many")
	root, err := tlog.TreeHash(size, hashes)
	need(err == nil, entriesTxt, fmt.Sprint(err))
	return root
}

// Refuses objects that say a thing twice: encoding/json would take the last.
func once(decoder *json.Decoder) {
	next := func() json.Token {
		token, err := decoder.Token()
		need(err == nil, entriesTxt, "the last run is not JSON")
		return token
	}
	first := next()
	if first != json.Delim('{') && first != json.Delim('[') {
		return
	}
	names := map[any]bool{}
	for decoder.More() {
		if first == json.Delim('{') {
			name := next()
			need(!names[name], entriesTxt, "a run that says a thing twice")
			names[name] = true
		}
		once(decoder)
	}
	next()
}

func showed(entries []entry, bag map[string][]byte) {
	var last entry
	for _, entry := range entries {
		// A run of a folder, or of a server, whose page is drawn when it is packed.
		if entry.kind == 3 || entry.kind == 16 {
			last = entry
		}
	}
	need(len(last.said) > 0 && last.said[0] != nil, entriesTxt, "no last run that is shown")
	told := *last.said[0]
	once(json.NewDecoder(strings.NewReader(told)))
	// Maps, because encoding/json takes any case for the names of fields.
	var run, shown map[string]json.RawMessage
	fits := json.Unmarshal([]byte(told), &run) == nil
	files := map[string]string{"verdict": "data/trace/verdict.json"}
	if last.kind == 3 {
		fits = fits && json.Unmarshal(run["shown"], &shown) == nil
		files["report"] = "data/trace/report.html"
	} else {
		shown = run
		for place, entry := range entries {
			// Behind magic and place: the subject, and the entry's number about it.
			same := bytes.Equal(entry.leaf[12:28], entries[0].leaf[12:28])
			next := binary.BigEndian.Uint32(entry.leaf[28:32]) == uint32(place+1)
			need(same && next, entriesTxt, "not all entries about one case, from its first on")
		}
	}
	need(fits, entriesTxt, "the last run is not JSON of a run")
	for what, file := range files {
		var wanted string
		content, there := bag[file]
		fits := there && json.Unmarshal(shown[what], &wanted) == nil && wanted == digest(content)
		need(fits, file, "not what the last run showed")
	}
}

func verify(data []byte, given string) {
	bag := unpacked(data)
	inside := func(name string) bool { return strings.HasPrefix(name, "data/") }
	tag := func(name string) bool { return name == "bag-info.txt" || name == "bagit.txt" || name == list }
	texts := []string{entriesTxt, withheld, checkpoint, policy, bagNote}
	for _, name := range append(texts, keyPem, "bag-info.txt", "bagit.txt", list, tagList) {
		_, there := bag[name]
		need(there, name, "it is missing")
	}
	for name := range bag {
		need(inside(name) || tag(name) || name == tagList || name == bagNote, name, "a bundle has no such file")
	}
	need(string(bag["bagit.txt"]) == bagit, "bagit.txt", "not the two lines that it has")
	need(string(bag[list]) == manifest(bag, inside), list, "not the digests of the files")
	need(string(bag[tagList]) == manifest(bag, tag), tagList, "not the digests of the files")
	for _, name := range texts {
		need(utf8.Valid(bag[name]), name, "not UTF-8")
	}
	keys, many, of := policyOf(string(bag[policy]))
	log := keys[0]
	fits := given == "" || strings.HasPrefix(string(bag[policy]), "log "+given+"\n")
	need(fits, policy, "the log's key is not the one that was given")
	der := append([]byte("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"), log.bytes...)
	pem := "-----BEGIN PUBLIC KEY-----\n" + base64.StdEncoding.EncodeToString(der) + "\n-----END PUBLIC KEY-----\n"
	need(string(bag[keyPem]) == pem, keyPem, "not the key that the policy names")

	signed, _ := opened(bag[bagNote], keys[:1], bagNote)
	wanted := "countersign/bundle/1\n" + log.name + "\n" + digest(bag[tagList]) + "\n"
	need(signed == wanted, bagNote, "it does not sign the manifest")

	state, seen := opened(bag[checkpoint], keys, checkpoint)
	for _, wanted := range of {
		for _, by := range seen {
			if by == wanted {
				many--
			}
		}
	}
	need(many <= 0, checkpoint, "signed by too few witnesses of the policy")
	lines := strings.Split(state, "\n")
	need(len(lines) == 4 && lines[0] == log.name && lines[3] == "", checkpoint, "not the log's name, size and root")
	size, entries := fromDecimal(lines[1], checkpoint), entriesOf(string(bag[entriesTxt]))
	root := rootOf(entries, string(bag[withheld]), size)
	fits = base64.StdEncoding.EncodeToString(root[:]) == lines[2]
	need(fits, entriesTxt, "with withheld.csv it does not give the root that was signed")
	showed(entries, bag)
}

func verdict(data []byte, given string) (line string) {
	defer func() {
		if wrong := recover(); wrong != nil {
			line = fmt.Sprintf("refused: %+q", fmt.Sprint(wrong))
		}
	}()
	verify(data, given)
	return "ok"
}

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fmt.Println("usage: verifier FILE [KEY], or verifier --list FILE")
		os.Exit(2)
	}
	if os.Args[1] != "--list" {
		data, err := os.ReadFile(os.Args[1])
		line := fmt.Sprintf("refused: %v", err)
		if err == nil {
			line = verdict(data, strings.Join(os.Args[2:], ""))
		}
		fmt.Println(line)
		if line != "ok" {
			os.Exit(1)
		}
		return
	}
	file, err := os.Open(os.Args[2])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	bundles, out, length := bufio.NewReader(file), bufio.NewWriter(os.Stdout), make([]byte, 4)
	for {
		if _, err := io.ReadFull(bundles, length); err != nil {
			break
		}
		data := make([]byte, binary.BigEndian.Uint32(length))
		if _, err := io.ReadFull(bundles, data); err != nil {
			break
		}
		fmt.Fprintln(out, verdict(data, ""))
	}
	_ = out.Flush()
}
