#pragma once
// libcurl, and typed forms of its variadic functions.
#include <curl/curl.h>
#include <malloc.h>

typedef size_t (*shim_data_callback)(char *bytes, size_t size, size_t count, void *context);
typedef int (*shim_socket_callback)(CURL *easy, curl_socket_t socket, int what, void *context, void *socket_context);
typedef int (*shim_timer_callback)(CURLM *multi, long milliseconds, void *context);
typedef curl_socket_t (*shim_open_callback)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
typedef int (*shim_close_callback)(void *context, curl_socket_t socket);

static inline CURLcode shim_easy_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_easy_set_large(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_easy_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}
/// The URL, parsed already; null: as the option URL says.
static inline CURLcode shim_easy_set_url(CURL *easy, CURLU *value) {
    return curl_easy_setopt(easy, CURLOPT_CURLU, value);
}
static inline CURLcode shim_easy_set_data_callback(CURL *easy, CURLoption option, shim_data_callback value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_easy_set_open_callback(CURL *easy, shim_open_callback value) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}
static inline CURLcode shim_easy_set_close_callback(CURL *easy, shim_close_callback value) {
    return curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, value);
}
static inline void *shim_easy_private(CURL *easy) {
    void *value = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value);
    return value;
}
/// How many connections the last transfer had to make.
static inline long shim_easy_connects(CURL *easy) {
    long count = 0;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &count);
    return count;
}
/// Why the last transfer's connection could not be made, as an errno; 0 where the system did not say.
static inline long shim_easy_os_error(CURL *easy) {
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &code);
    return code;
}

static inline CURLMcode shim_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode shim_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode shim_multi_set_socket_callback(CURLM *multi, shim_socket_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}
static inline CURLMcode shim_multi_set_timer_callback(CURLM *multi, shim_timer_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
}
/// The next finished transfer, or null; its result in `code`.
static inline CURL *shim_multi_next_done(CURLM *multi, CURLcode *code) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *code = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}
static inline void shim_trim_heap(void) {
    malloc_trim(0);
}
